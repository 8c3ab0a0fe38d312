# What Terraform reads for a comparison, and the state that it compares with. No image, no message, no row.
locals {
  read_statements = concat(
    [
      {
        Sid    = "ReadBuckets"
        Effect = "Allow"
        # Terraform checks with ListBucket whether a bucket exists.
        Action = [
          "s3:GetAccelerateConfiguration",
          "s3:GetBucketAcl",
          "s3:GetBucketCORS",
          "s3:GetBucketLocation",
          "s3:GetBucketLogging",
          "s3:GetBucketNotification",
          "s3:GetBucketObjectLockConfiguration",
          "s3:GetBucketOwnershipControls",
          "s3:GetBucketPolicy",
          "s3:GetBucketPublicAccessBlock",
          "s3:GetBucketRequestPayment",
          "s3:GetBucketTagging",
          "s3:GetBucketVersioning",
          "s3:GetBucketWebsite",
          "s3:GetEncryptionConfiguration",
          "s3:GetLifecycleConfiguration",
          "s3:GetReplicationConfiguration",
          "s3:ListBucket",
        ]
        Resource = local.bucket_arns
      },
      {
        Sid      = "ReadQueues"
        Effect   = "Allow"
        Action   = ["sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ListQueueTags"]
        Resource = local.queue_arns
      },
      {
        Sid      = "ReadTopics"
        Effect   = "Allow"
        Action   = ["sns:GetTopicAttributes", "sns:ListTagsForResource"]
        Resource = local.topic_arns
      },
      {
        Sid      = "ReadTheBudget"
        Effect   = "Allow"
        Action   = ["budgets:ListTagsForResource", "budgets:ViewBudget"]
        Resource = local.budget_arn
      },
      {
        Sid    = "ReadTheLedgersSettings"
        Effect = "Allow"
        Action = [
          "dynamodb:DescribeContinuousBackups",
          "dynamodb:DescribeTable",
          "dynamodb:DescribeTimeToLive",
          "dynamodb:ListTagsOfResource",
        ]
        Resource = local.ledger_arn
      },
      {
        Sid    = "ReadFunctions"
        Effect = "Allow"
        Action = [
          "lambda:GetAlias",
          "lambda:GetFunction",
          "lambda:GetFunctionCodeSigningConfig",
          "lambda:GetFunctionConfiguration",
          "lambda:ListTags",
          "lambda:ListVersionsByFunction",
        ]
        Resource = concat(local.function_arns, local.qualified_arns)
      },
      # A mapping has a random ID: its function shows whose it is.
      {
        Sid       = "ReadMappings"
        Effect    = "Allow"
        Action    = ["lambda:GetEventSourceMapping"]
        Resource  = "arn:${local.partition}:lambda:${local.here}:event-source-mapping:*"
        Condition = local.mappings_of_ours
      },
      {
        Sid      = "ReadTagsOfMappings"
        Effect   = "Allow"
        Action   = ["lambda:ListTags"]
        Resource = "arn:${local.partition}:lambda:${local.here}:event-source-mapping:*"
      },
      {
        Sid      = "ReadRoles"
        Effect   = "Allow"
        Action   = ["iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"]
        Resource = local.role_arns
      },
      {
        Sid      = "ReadTagsOfLogsAndAlarms"
        Effect   = "Allow"
        Action   = ["cloudwatch:ListTagsForResource", "logs:ListTagsForResource"]
        Resource = concat(local.log_group_arns, local.alarm_arns)
      },
      {
        Sid      = "ReadDashboards"
        Effect   = "Allow"
        Action   = ["cloudwatch:GetDashboard"]
        Resource = local.dashboard_arns
      },
      # These return lists, for which AWS supports no narrower resource: names and thresholds, no line of a log.
      # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
      # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
      {
        Sid      = "List"
        Effect   = "Allow"
        Action   = ["cloudwatch:DescribeAlarms", "logs:DescribeLogGroups", "logs:DescribeQueryDefinitions"]
        Resource = "*"
      },
    ],
    [
      for _ in [1] : {
        Sid      = "ReadTheNotificationOfTheExistingBucket"
        Effect   = "Allow"
        Action   = ["s3:GetBucketNotification"]
        Resource = module.pipeline.bucket_arns.input
      } if module.pipeline.existing.input && module.pipeline.rule == null
    ],
    [
      for rule in module.pipeline.rule[*] : {
        Sid      = "ReadTheRuleOfUploads"
        Effect   = "Allow"
        Action   = ["events:DescribeRule", "events:ListTagsForResource", "events:ListTargetsByRule"]
        Resource = rule.arn
      }
    ],
    local.key_read_statements,
  )

  # A plan locks the state too, or it could see half of what somebody else is applying.
  lock_statements = [
    {
      Sid      = "FindStates"
      Effect   = "Allow"
      Action   = ["s3:ListBucket"]
      Resource = local.state_bucket_arn
    },
    {
      Sid      = "ReadStates"
      Effect   = "Allow"
      Action   = ["s3:GetObject"]
      Resource = local.state_arns
    },
    {
      Sid      = "LockStates"
      Effect   = "Allow"
      Action   = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
      Resource = [for arn in local.state_arns : "${arn}.tflock"]
    },
  ]

  mappings_of_ours = { ArnLike = { "lambda:FunctionArn" = concat(local.function_arns, local.qualified_arns) } }
}
