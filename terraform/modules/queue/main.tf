# A service's queue, and the dead-letter queue behind it.
data "aws_partition" "current" {}

locals {
  retention_seconds = var.retention_days * 24 * 60 * 60

  # AWS recommends six times the function's timeout, plus the batching window.
  # https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
  visibility_timeout_seconds = 6 * var.timeout_seconds + var.batching_window_seconds

  # ARNs are built from names, so that each queue is made with all its policies at once: a policy as a resource of its
  # own takes Terraform 25 seconds more.
  dlq_name = "${var.name}-dlq"
  arn      = "arn:${data.aws_partition.current.partition}:sqs:${var.region}:${var.account}:${var.name}"
  dlq_arn  = "arn:${data.aws_partition.current.partition}:sqs:${var.region}:${var.account}:${local.dlq_name}"
}

resource "aws_sqs_queue" "this" {
  name                              = var.name
  visibility_timeout_seconds        = local.visibility_timeout_seconds
  message_retention_seconds         = local.retention_seconds
  max_message_size                  = 262144 # a message has up to 250,000 bytes, files included, and a DLQ message up to 11,000 of attributes
  sqs_managed_sse_enabled           = var.kms_key_arn == null ? true : null
  kms_master_key_id                 = var.kms_key_arn
  kms_data_key_reuse_period_seconds = local.data_key_seconds
  policy                            = jsonencode({ Version = "2012-10-17", Statement = concat(local.events, local.rules.queue, [local.tls_only.queue]) })

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dlq.arn
    maxReceiveCount     = var.max_receive_count
  })
}

resource "aws_sqs_queue" "dlq" {
  name                              = local.dlq_name
  message_retention_seconds         = local.retention_seconds
  max_message_size                  = 262144 # a message has up to 250,000 bytes, files included, and a DLQ message up to 11,000 of attributes
  sqs_managed_sse_enabled           = var.kms_key_arn == null ? true : null
  kms_master_key_id                 = var.kms_key_arn
  kms_data_key_reuse_period_seconds = local.data_key_seconds
  policy                            = jsonencode({ Version = "2012-10-17", Statement = concat(local.rules.dlq, [local.tls_only.dlq]) })

  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [local.arn]
  })
}

locals {
  # How long SQS uses one data key before it requests, at a price, the next: an hour instead of five minutes.
  data_key_seconds = var.kms_key_arn == null ? null : 3600

  # S3 may send the events of this bucket only.
  events = [
    for bucket_arn in var.events_of_bucket_arn[*] : {
      Sid       = "TakeEventsOfTheInputBucket"
      Effect    = "Allow"
      Principal = { Service = "s3.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = local.arn
      Condition = {
        ArnEquals    = { "aws:SourceArn" = bucket_arn }
        StringEquals = { "aws:SourceAccount" = var.account }
      }
    }
  ]

  # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sqs-permissions
  rules = {
    for which, arn in { queue = local.arn, dlq = local.dlq_arn } : which => [
      for rule_arn in var.events_of_rule_arn[*] : {
        Sid       = "TakeEventsOfTheInputBucket"
        Effect    = "Allow"
        Principal = { Service = "events.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = arn
        Condition = { ArnEquals = { "aws:SourceArn" = rule_arn } }
      }
    ]
  }

  # Wildcards in a deny statement: nothing works without TLS.
  tls_only = {
    for which, arn in { queue = local.arn, dlq = local.dlq_arn } : which => {
      Sid                     = "RefuseWithoutTls"
      Effect                  = "Deny"
      Principal               = "*"
      Action                  = "sqs:*"
      Resource                = arn
      Condition               = { Bool = { "aws:SecureTransport" = "false" } }
    }
  }
}
