# What a deploy changes. It deletes no bucket, queue, topic or table, nor their contents: `make destroy` is for a
# person.
locals {
  manage_statements = concat(
    [
      {
        Sid    = "ManageBuckets"
        Effect = "Allow"
        Action = [
          "s3:CreateBucket",
          "s3:DeleteBucketPolicy",
          "s3:PutBucketCORS",
          "s3:PutBucketNotification",
          "s3:PutBucketOwnershipControls",
          "s3:PutBucketPolicy",
          "s3:PutBucketPublicAccessBlock",
          "s3:PutBucketTagging",
          "s3:PutBucketVersioning",
          "s3:PutEncryptionConfiguration",
          "s3:PutLifecycleConfiguration",
        ]
        Resource = local.bucket_arns
      },
      {
        Sid      = "ManageQueues"
        Effect   = "Allow"
        Action   = ["sqs:CreateQueue", "sqs:SetQueueAttributes", "sqs:TagQueue", "sqs:UntagQueue"]
        Resource = local.queue_arns
      },
      {
        Sid      = "ManageTopics"
        Effect   = "Allow"
        Action   = ["sns:CreateTopic", "sns:SetTopicAttributes", "sns:TagResource", "sns:UntagResource"]
        Resource = local.topic_arns
      },
      {
        Sid      = "ManageTheBudget"
        Effect   = "Allow"
        Action   = ["budgets:ModifyBudget", "budgets:TagResource", "budgets:UntagResource"]
        Resource = local.budget_arn
      },
      {
        Sid    = "ManageTheLedger"
        Effect = "Allow"
        Action = [
          "dynamodb:CreateTable",
          "dynamodb:TagResource",
          "dynamodb:UntagResource",
          "dynamodb:UpdateContinuousBackups",
          "dynamodb:UpdateTable",
          "dynamodb:UpdateTimeToLive",
        ]
        Resource = local.ledger_arn
      },
      {
        Sid    = "ManageFunctions"
        Effect = "Allow"
        Action = [
          "lambda:CreateAlias",
          "lambda:CreateFunction",
          "lambda:DeleteAlias",
          "lambda:DeleteFunction",
          "lambda:PublishVersion",
          "lambda:TagResource",
          "lambda:UntagResource",
          "lambda:UpdateAlias",
          "lambda:UpdateFunctionCode",
          "lambda:UpdateFunctionConfiguration",
        ]
        Resource = concat(local.function_arns, local.qualified_arns)
      },
      # A mapping has a random ID, or none before it is made: its function shows whose it is.
      # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
      {
        Sid    = "ManageMappings"
        Effect = "Allow"
        Action = [
          "lambda:CreateEventSourceMapping",
          "lambda:DeleteEventSourceMapping",
          "lambda:UpdateEventSourceMapping",
        ]
        Resource  = "*"
        Condition = local.mappings_of_ours
      },
      {
        Sid       = "TagMappings"
        Effect    = "Allow"
        Action    = ["lambda:TagResource"]
        Resource  = "arn:${local.partition}:lambda:${local.here}:event-source-mapping:*"
        Condition = { StringEquals = { "aws:RequestTag/Pipeline" = local.name } }
      },
      {
        Sid    = "ManageLogs"
        Effect = "Allow"
        Action = [
          "logs:AssociateKmsKey",
          "logs:CreateLogGroup",
          "logs:DisassociateKmsKey",
          "logs:PutRetentionPolicy",
          "logs:TagResource",
          "logs:UntagResource",
        ]
        Resource = local.log_group_arns
      },
      {
        Sid    = "ManageAlarms"
        Effect = "Allow"
        Action = [
          "cloudwatch:DeleteAlarms",
          "cloudwatch:PutMetricAlarm",
          "cloudwatch:TagResource",
          "cloudwatch:UntagResource",
        ]
        Resource = local.alarm_arns
      },
      {
        Sid      = "ManageDashboards"
        Effect   = "Allow"
        Action   = ["cloudwatch:DeleteDashboards", "cloudwatch:PutDashboard"]
        Resource = local.dashboard_arns
      },
      # AWS supports no narrower resource for a saved query, which is a text that people run with their own permissions.
      # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
      {
        Sid      = "SaveQueries"
        Effect   = "Allow"
        Action   = ["logs:DeleteQueryDefinition", "logs:PutQueryDefinition"]
        Resource = "*"
      },
    ],
    # Where the input bucket exists already: its notifications on request, and nothing else of it.
    [
      for _ in [1] : {
        Sid      = "ManageTheNotificationOfTheExistingBucket"
        Effect   = "Allow"
        Action   = ["s3:PutBucketNotification"]
        Resource = module.pipeline.bucket_arns.input
      } if module.pipeline.existing.input && module.pipeline.rule == null
    ],
    [
      for rule in module.pipeline.rule[*] : {
        Sid    = "ManageTheRuleOfUploads"
        Effect = "Allow"
        Action = [
          "events:DeleteRule",
          "events:PutRule",
          "events:PutTargets",
          "events:RemoveTargets",
          "events:TagResource",
          "events:UntagResource",
        ]
        Resource = rule.arn
      }
    ],
    local.key_use_statements,
  )

  # Only to a role with the boundary, which therefore cannot lose it.
  bounded = [
    for boundary in module.pipeline.permissions_boundary[*] : { StringEquals = { "iam:PermissionsBoundary" = boundary.arn } }
  ]

  # The functions' three roles by their names, and not by the pipeline's prefix: this role has that prefix too. Anyone
  # who writes a function's permissions and its code can grant that function any permissions within its boundary
  # (boundary.tf).
  permissions_statements = [
    merge(
      {
        Sid      = "GivePermissions"
        Effect   = "Allow"
        Action   = concat(["iam:CreateRole", "iam:PutRolePolicy"], [for _ in local.bounded : "iam:PutRolePermissionsBoundary"])
        Resource = local.role_arns
      },
      [for condition in local.bounded : { Condition = condition }]...
    ),
    {
      Sid    = "ManageRoles"
      Effect = "Allow"
      Action = [
        "iam:DeleteRole",
        "iam:DeleteRolePolicy",
        "iam:ListInstanceProfilesForRole",
        "iam:TagRole",
        "iam:UntagRole",
        "iam:UpdateAssumeRolePolicy",
        "iam:UpdateRole",
        "iam:UpdateRoleDescription",
      ]
      Resource = local.role_arns
    },
    {
      Sid       = "HandRolesToFunctions"
      Effect    = "Allow"
      Action    = ["iam:PassRole"]
      Resource  = local.role_arns
      Condition = { StringEquals = { "iam:PassedToService" = "lambda.amazonaws.com" } }
    },
  ]

  # Permissions for `make smoke`, and for the states of what was applied.
  deliver_statements = [
    {
      Sid      = "WriteStates"
      Effect   = "Allow"
      Action   = ["s3:PutObject"]
      Resource = local.state_arns
    },
    {
      Sid      = "UploadAnImageAndTakeItAway"
      Effect   = "Allow"
      Action   = ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObject"]
      Resource = "${module.pipeline.bucket_arns.input}/${module.pipeline.prefixes.input}smoke/*"
    },
    {
      Sid      = "LookAtWhatWasMadeOfItAndTakeItAway"
      Effect   = "Allow"
      Action   = ["s3:DeleteObject", "s3:GetObject"]
      Resource = "${module.pipeline.bucket_arns.output}/${module.pipeline.prefixes.output}smoke/*"
    },
    {
      Sid      = "FollowIt"
      Effect   = "Allow"
      Action   = ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"]
      Resource = local.ledger_arn
    },
  ]

  policies = {
    read        = { description = "What a plan reads.", statements = local.read_statements }
    lock        = { description = "The states, read and locked.", statements = local.lock_statements }
    manage      = { description = "What a deploy makes and changes.", statements = local.manage_statements }
    permissions = { description = "The functions' own roles.", statements = local.permissions_statements }
    deliver     = { description = "The states, written; an image, uploaded.", statements = local.deliver_statements }
  }
}
