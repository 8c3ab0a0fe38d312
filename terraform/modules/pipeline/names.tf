# What every resource is called: as ops/names.py has it.
locals {
  name = var.settings.name

  # Bucket names are global on AWS: account and region keep two pipelines of one name apart.
  buckets = {
    for purpose in ["input", "work", "output"] : purpose => "${local.name}-${purpose}-${var.account}-${var.region}"
  }
  state_bucket = "${local.name}-state-${var.account}-${var.region}"
  bucket_arns  = { for purpose, bucket in local.buckets : purpose => "arn:aws:s3:::${bucket}" }

  functions = { for stage in local.order : stage => "${local.name}-${stage}" }
  queues    = { for stage in local.order : stage => "${local.name}-${stage}" }
  dlqs      = { for stage in local.order : stage => "${local.name}-${stage}-dlq" }
  topic     = "${local.name}-notices"
  operators = "${local.name}-operators"
  ledger    = "${local.name}-ledger"
  key_alias = "alias/${local.name}"

  log_groups     = { for stage, function in local.functions : stage => "/aws/lambda/${function}" }
  log_group_arns = { for stage, group in local.log_groups : stage => "arn:aws:logs:${var.region}:${var.account}:log-group:${group}" }

  queue_arns    = { for stage, queue in local.queues : stage => "arn:aws:sqs:${var.region}:${var.account}:${queue}" }
  dlq_arns      = { for stage, dlq in local.dlqs : stage => "arn:aws:sqs:${var.region}:${var.account}:${dlq}" }
  topic_arn     = "arn:aws:sns:${var.region}:${var.account}:${local.topic}"
  operators_arn = "arn:aws:sns:${var.region}:${var.account}:${local.operators}"
  ledger_arn    = "arn:aws:dynamodb:${var.region}:${var.account}:table/${local.ledger}"

  queue_urls = { for stage, queue in local.queues : stage => "https://sqs.${var.region}.amazonaws.com/${var.account}/${queue}" }
  dlq_urls   = { for stage, dlq in local.dlqs : stage => "https://sqs.${var.region}.amazonaws.com/${var.account}/${dlq}" }

  # The service that each one hands its messages to; the last has none.
  next = { resize = "watermark", watermark = "store" }
}
