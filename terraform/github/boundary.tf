# What the functions may at most, whatever a deploy gives them: `permissions_boundary` of pipeline.yaml. Without it, who
# writes a function's permissions and its code could give that function any permissions of the account.
locals {
  function_statements = flatten([for policy in values(module.pipeline.role_policies) : policy.Statement])
  bounded_services    = toset([for statement in local.function_statements : split(":", statement.Action[0])[0] if statement.Resource != "*"])

  boundary_statements = concat(
    # What any of the three may, to whatever any of them may do it.
    [
      for service in local.bounded_services : {
        Effect   = "Allow"
        Action   = sort(distinct(flatten([for each in local.function_statements : each.Action if startswith(each.Action[0], "${service}:")])))
        Resource = sort(distinct([for each in local.function_statements : each.Resource if startswith(each.Action[0], "${service}:")]))
      }
    ],
    # AWS knows no narrower resource for these; moderation may be turned on without a person who may apply this.
    [
      {
        Effect   = "Allow"
        Action   = ["rekognition:DetectModerationLabels", "xray:PutTelemetryRecords", "xray:PutTraceSegments"]
        Resource = "*"
      },
    ],
    [
      for condition in [local.key_of_ours] : {
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = local.any_key_arn
        Condition = condition
      } if local.own_key
    ],
  )

  boundary_policy = jsonencode({ Version = "2012-10-17", Statement = local.boundary_statements })
}

resource "aws_iam_policy" "boundary" {
  count       = module.pipeline.permissions_boundary == null || var.boundary_exists ? 0 : 1
  name        = module.pipeline.permissions_boundary.name
  description = "What the functions of ${local.name} may at most, whatever their roles are given."
  policy      = local.boundary_policy

  lifecycle {
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    precondition {
      condition     = length(local.boundary_policy) <= 6144
      error_message = "The permissions boundary is longer than the 6,144 characters that IAM takes."
    }
  }
}
