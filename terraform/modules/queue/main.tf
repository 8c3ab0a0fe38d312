# A service's queue, and the dead-letter queue behind it.
locals {
  retention_seconds = var.retention_days * 24 * 60 * 60

  # AWS asks for six times the function's timeout, and the batching window on top.
  # https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
  visibility_timeout_seconds = 6 * var.timeout_seconds + var.batching_window_seconds
}

resource "aws_sqs_queue" "this" {
  name                       = var.name
  visibility_timeout_seconds = local.visibility_timeout_seconds
  message_retention_seconds  = local.retention_seconds
  sqs_managed_sse_enabled    = true

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dlq.arn
    maxReceiveCount     = var.max_receive_count
  })
}

resource "aws_sqs_queue" "dlq" {
  name                      = "${var.name}-dlq"
  message_retention_seconds = local.retention_seconds
  sqs_managed_sse_enabled   = true
}

resource "aws_sqs_queue_redrive_allow_policy" "dlq" {
  queue_url = aws_sqs_queue.dlq.id

  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [aws_sqs_queue.this.arn]
  })
}

resource "aws_sqs_queue_policy" "this" {
  queue_url = aws_sqs_queue.this.id
  policy    = jsonencode({ Version = "2012-10-17", Statement = concat(local.events, [local.tls_only.queue]) })
}

resource "aws_sqs_queue_policy" "dlq" {
  queue_url = aws_sqs_queue.dlq.id
  policy    = jsonencode({ Version = "2012-10-17", Statement = [local.tls_only.dlq] })
}

locals {
  # S3 may send the events of the one bucket, and nobody else's.
  events = [
    for of in [var.events_of] : {
      Sid       = "TakeEventsOfTheInputBucket"
      Effect    = "Allow"
      Principal = { Service = "s3.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = aws_sqs_queue.this.arn
      Condition = {
        ArnEquals    = { "aws:SourceArn" = of.bucket_arn }
        StringEquals = { "aws:SourceAccount" = of.account }
      }
    } if of != null
  ]

  # Wildcards that refuse: nobody does anything without TLS.
  tls_only = {
    for which, arn in { queue = aws_sqs_queue.this.arn, dlq = aws_sqs_queue.dlq.arn } : which => {
      Sid                     = "RefuseWithoutTls"
      Effect                  = "Deny"
      Principal               = "*"
      Action                  = "sqs:*"
      Resource                = arn
      Condition               = { Bool = { "aws:SecureTransport" = "false" } }
    }
  }
}
