# The two roles of the workflows on GitHub: one that reads, for plans, and one that changes things, for deploys.
# A person with the permissions applies this once: neither role can change itself, the other, or who may assume them.
locals {
  issuer = "token.actions.githubusercontent.com"

  # Who may assume each role, and its policies.
  roles = {
    plan   = { subjects = var.plan_subjects, policies = ["read", "lock"] }
    deploy = { subjects = var.deploy_subjects, policies = ["read", "lock", "manage", "permissions", "deliver"] }
  }

  attached = merge([
    for role, said in local.roles : { for policy in said.policies : "${role}-${policy}" => { role = role, policy = policy } }
  ]...)

  provider_arn = (
    var.provider_exists
    ? "arn:${local.partition}:iam::${local.account}:oidc-provider/${local.issuer}"
    : aws_iam_openid_connect_provider.github[0].arn
  )
}

resource "aws_iam_openid_connect_provider" "github" {
  count          = var.provider_exists ? 0 : 1
  url            = "https://${local.issuer}"
  client_id_list = ["sts.amazonaws.com"]
}

resource "aws_iam_role" "this" {
  for_each             = local.roles
  name                 = "${local.name}-github-${each.key}"
  description          = "The workflows of ${join(", ", each.value.subjects)} assume this role to ${each.key}."
  max_session_duration = 3600

  # Equal, and not like: a wildcard in a subject would be literal, and is refused before that.
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Principal = { Federated = local.provider_arn }
        Action    = "sts:AssumeRoleWithWebIdentity"
        Condition = {
          StringEquals = {
            "${local.issuer}:aud" = "sts.amazonaws.com"
            "${local.issuer}:sub" = each.value.subjects
          }
        }
      },
    ]
  })
}

resource "aws_iam_policy" "this" {
  for_each    = local.policies
  name        = "${local.name}-github-${each.key}"
  description = each.value.description
  policy      = jsonencode({ Version = "2012-10-17", Statement = each.value.statements })

  lifecycle {
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    precondition {
      condition     = length(jsonencode({ Version = "2012-10-17", Statement = each.value.statements })) <= 6144
      error_message = "The policy ${each.key} is longer than 6,144 characters, the limit of IAM."
    }
  }
}

resource "aws_iam_role_policy_attachment" "this" {
  for_each   = local.attached
  role       = aws_iam_role.this[each.value.role].name
  policy_arn = aws_iam_policy.this[each.value.policy].arn
}
