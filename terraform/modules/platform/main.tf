# What all services share, in the order in which an image passes it.
module "pipeline" {
  source   = "../pipeline"
  settings = var.settings
  account  = var.place.account
  region   = var.place.region

  partition  = var.place.partition
  dns_suffix = var.place.dns_suffix
}

locals {
  kms_key_arn = one(module.key[*].arn)

  # https://docs.aws.amazon.com/general/latest/gr/console-service.html
  console = lookup(
    { aws-cn = "console.amazonaws.cn", aws-us-gov = "console.amazonaws-us-gov.com" },
    var.place.partition, "console.aws.amazon.com"
  )
}

module "key" {
  source = "../key"
  count  = module.pipeline.encryption == "customer" ? 1 : 0

  name             = module.pipeline.name
  alias            = module.pipeline.key_alias
  account          = var.place.account
  region           = var.place.region
  input_bucket_arn = module.pipeline.bucket_arns.input
  rule_arn         = try(module.pipeline.rule.arn, null)
  notices_arn      = module.pipeline.topic_arn
  operators_arn    = module.pipeline.operators_arn
  log_group_arns   = values(module.pipeline.log_group_arns)
}

# Buckets that exist already are their owner's: nothing here makes or changes them.
module "input" {
  source       = "../bucket"
  count        = module.pipeline.existing.input ? 0 : 1
  name         = module.pipeline.buckets.input
  kms_key_arn  = local.kms_key_arn
  versioned    = true
  cors_origins = module.pipeline.cors_origins

  lifecycle_rules = {
    expire-old-versions = {
      expire_old_days         = module.pipeline.retention.old_versions_days
      abort_multipart_in_days = 1
    }
  }
}

# S3 has one notification configuration for all of a bucket, and this resource owns it. So an existing bucket has it only
# on request, and only if it had none.
resource "aws_s3_bucket_notification" "uploads" {
  count       = module.pipeline.existing.input && module.pipeline.rule != null ? 0 : 1
  bucket      = module.pipeline.existing.input ? module.pipeline.buckets.input : module.input[0].id
  eventbridge = module.pipeline.rule != null

  dynamic "queue" {
    for_each = module.pipeline.rule == null ? ["uploads"] : []

    content {
      id            = queue.value
      queue_arn     = module.queue[module.pipeline.order[0]].arn
      events        = module.pipeline.events
      filter_prefix = module.pipeline.prefixes.input == "" ? null : module.pipeline.prefixes.input
    }
  }

  # S3 sends to EventBridge only once the rule has its target.
  depends_on = [terraform_data.no_notification, aws_cloudwatch_event_target.uploads]
}

# No data source reads a bucket's notifications, so the AWS CLI looks, once, before they would be overwritten.
resource "terraform_data" "no_notification" {
  count            = module.pipeline.existing.input && module.pipeline.rule == null ? 1 : 0
  triggers_replace = [module.pipeline.buckets.input, module.queue[module.pipeline.order[0]].arn]

  provisioner "local-exec" {
    command = <<-EOT
      set -eu
      if ! command -v aws >/dev/null; then
        echo "buckets.input.events is notification: the AWS CLI must look whether s3://$BUCKET has notifications; install it, or set eventbridge" >&2
        exit 1
      fi
      found=$(aws s3api get-bucket-notification-configuration --bucket "$BUCKET" --expected-bucket-owner "$ACCOUNT" --region "$REGION" --output json)
      case "$(printf %s "$found" | tr -d '[:space:]')" in
        "" | "{}") ;;
        *)
          echo "s3://$BUCKET has notifications, which would be overwritten; set buckets.input.events to eventbridge: $found" >&2
          exit 1
          ;;
      esac
    EOT

    environment = {
      BUCKET  = module.pipeline.buckets.input
      ACCOUNT = var.place.account
      REGION  = var.place.region
    }
  }
}

resource "aws_cloudwatch_event_rule" "uploads" {
  count         = module.pipeline.rule == null ? 0 : 1
  name          = module.pipeline.rule.name
  description   = "Uploads into s3://${module.pipeline.buckets.input}/${module.pipeline.prefixes.input} for the pipeline ${module.pipeline.name}."
  event_pattern = module.pipeline.event_pattern
}

# What cannot be sent for a day waits in the DLQ for a replay, unless a key refuses both queues: events-failed reports it.
resource "aws_cloudwatch_event_target" "uploads" {
  count     = module.pipeline.rule == null ? 0 : 1
  rule      = aws_cloudwatch_event_rule.uploads[0].name
  target_id = "uploads"
  arn       = module.queue[module.pipeline.order[0]].arn

  dead_letter_config {
    arn = module.queue[module.pipeline.order[0]].dlq_arn
  }
}

module "queue" {
  source   = "../queue"
  for_each = module.pipeline.queues

  name                    = each.value
  account                 = var.place.account
  region                  = var.place.region
  timeout_seconds         = module.pipeline.services[each.key].timeout_seconds
  batching_window_seconds = module.pipeline.services[each.key].batching_window_seconds
  max_receive_count       = module.pipeline.services[each.key].max_receive_count
  retention_days          = module.pipeline.retention.dlq_days
  kms_key_arn             = local.kms_key_arn
  alarm_topic_arn         = aws_sns_topic.operators.arn

  # S3, or the rule, sends to the first queue; only services send to the others.
  events_of_bucket_arn = each.key == module.pipeline.order[0] && module.pipeline.rule == null ? module.pipeline.bucket_arns.input : null
  events_of_rule_arn   = each.key == module.pipeline.order[0] ? try(module.pipeline.rule.arn, null) : null
}

module "work" {
  source          = "../bucket"
  name            = module.pipeline.buckets.work
  kms_key_arn     = local.kms_key_arn
  lifecycle_rules = { expire-intermediate = { expire_days = module.pipeline.retention.work_days } }
}

module "output" {
  source      = "../bucket"
  count       = module.pipeline.existing.output ? 0 : 1
  name        = module.pipeline.buckets.output
  kms_key_arn = local.kms_key_arn

  reading_cors_origins = module.pipeline.output_cors_origins
}

resource "aws_dynamodb_table" "ledger" {
  name         = module.pipeline.ledger
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "source"
  range_key    = "image_id"

  attribute {
    name = "source"
    type = "S"
  }

  attribute {
    name = "image_id"
    type = "S"
  }

  attribute {
    name = "uploaded_at"
    type = "S"
  }

  dynamic "attribute" {
    for_each = toset(["shard", "failed_shard", "batch_id"])

    content {
      name = attribute.value
      type = "S"
    }
  }

  # Each has a partition and the time, so that it is read newest first: all images, those that failed, those of an
  # upload batch, and the versions of a key. Indexes contain only keys: each service writes a row again, but its place
  # in an index only once. docs/adr/0030-ledger-indexes.md
  dynamic "global_secondary_index" {
    for_each = { newest = "shard", failed = "failed_shard", batch = "batch_id", versions = "source" }

    content {
      name            = global_secondary_index.key
      hash_key        = global_secondary_index.value
      range_key       = "uploaded_at"
      projection_type = "KEYS_ONLY"
    }
  }

  # Each row has its own expiry: retention.ledger_days after its last write.
  ttl {
    attribute_name = "expires_at"
    enabled        = true
  }

  # The only record of an image that has since been swept or overwritten.
  point_in_time_recovery {
    enabled = true
  }

  # Without this, DynamoDB's own key.
  dynamic "server_side_encryption" {
    for_each = local.kms_key_arn[*]

    content {
      enabled     = true
      kms_key_arn = server_side_encryption.value
    }
  }
}

resource "aws_sns_topic" "notices" {
  name              = module.pipeline.topic
  kms_master_key_id = local.kms_key_arn == null ? "alias/aws/sns" : local.kms_key_arn
}

# Alarms have a topic of their own, so that subscribers of images get no mail about queues. It is encrypted only with
# the customer's key, since CloudWatch may not use SNS's own key; and an alarm names no image.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
resource "aws_sns_topic" "operators" {
  name              = module.pipeline.operators
  kms_master_key_id = local.kms_key_arn
}
