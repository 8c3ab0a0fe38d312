# The most that the functions may do, whatever a deploy grants them: `permissions_boundary` of pipeline.yaml. Without
# it, anyone who writes a function's permissions and its code could grant that function any permissions of the account.
locals {
  function_statements = flatten([for policy in values(module.pipeline.role_policies) : policy.Statement])
  bounded_services    = toset([for statement in local.function_statements : split(":", statement.Action[0])[0] if statement.Resource != "*"])

  boundary_statements = concat(
    # Any action of the three, on any resource of the three.
    [
      for service in local.bounded_services : {
        Effect   = "Allow"
        Action   = sort(distinct(flatten([for each in local.function_statements : each.Action if startswith(each.Action[0], "${service}:")])))
        Resource = sort(distinct([for each in local.function_statements : each.Resource if startswith(each.Action[0], "${service}:")]))
      }
    ],
    # AWS supports no narrower resource for these; moderation and faces may be turned on without applying this again.
    [
      {
        Effect   = "Allow"
        Action   = ["rekognition:DetectFaces", "rekognition:DetectModerationLabels", "xray:PutTelemetryRecords", "xray:PutTraceSegments"]
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
  description = "The most that the functions of ${local.name} may do, whatever their roles are granted."
  policy      = local.boundary_policy

  lifecycle {
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    precondition {
      condition     = length(local.boundary_policy) <= 6144
      error_message = "The permissions boundary is longer than 6,144 characters, the limit of IAM."
    }
  }
}
