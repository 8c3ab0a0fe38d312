data "aws_partition" "current" {}

# The customer's key, and who may use it. Everyone else who reads or writes encrypted data is granted the use by IAM, to
# which the first statement delegates. From the day of its deletion nothing can use the key; `aws kms cancel-key-deletion`
# restores it within the waiting period. So it goes only after whatever is encrypted with it has another key.
resource "aws_kms_key" "this" {
  description             = "Encrypts all that the pipeline ${var.name} keeps."
  enable_key_rotation     = true
  deletion_window_in_days = 30

  lifecycle {
    create_before_destroy = true
  }

  policy = jsonencode({
    Version = "2012-10-17"
    # In a key policy, * is this key.
    Statement = [
      {
        Sid       = "LeaveItToIam"
        Effect    = "Allow"
        Principal = { AWS = "arn:${data.aws_partition.current.partition}:iam::${var.account}:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
      {
        Sid       = "S3SendUploadsToTheFirstQueue"
        Effect    = "Allow"
        Principal = { Service = var.rule_arn == null ? "s3.amazonaws.com" : "events.amazonaws.com" }
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = "*"
        Condition = {
          ArnLike      = { "aws:SourceArn" = var.rule_arn == null ? var.input_bucket_arn : var.rule_arn }
          StringEquals = { "aws:SourceAccount" = var.account }
        }
      },
      # For encrypted queues of this account that subscribe to the notices.
      {
        Sid       = "SnsSendsNoticesToQueues"
        Effect    = "Allow"
        Principal = { Service = "sns.amazonaws.com" }
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = "*"
        Condition = { ArnLike = { "aws:SourceArn" = var.notices_arn } }
      },
      # SNS states the topic that it encrypts for; CloudWatch does not state the account.
      # https://repost.aws/knowledge-center/cloudwatch-configure-alarm-sns
      {
        Sid       = "CloudWatchNotifiesOperators"
        Effect    = "Allow"
        Principal = { Service = "cloudwatch.amazonaws.com" }
        Action    = ["kms:Decrypt", "kms:GenerateDataKey*"]
        Resource  = "*"
        Condition = { StringEquals = { "kms:EncryptionContext:aws:sns:topicArn" = var.operators_arn } }
      },
      # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
      {
        Sid       = "CloudWatchKeepsTheFunctionsLogs"
        Effect    = "Allow"
        Principal = { Service = "logs.${var.region}.${data.aws_partition.current.dns_suffix}" }
        Action    = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"]
        Resource  = "*"
        Condition = { ArnEquals = { "kms:EncryptionContext:aws:logs:arn" = var.log_group_arns } }
      },
    ]
  })
}

# The services, each deployed alone, find the key by this name.
resource "aws_kms_alias" "this" {
  name          = var.alias
  target_key_id = aws_kms_key.this.id
}
