# The name of every resource, as in ops/names.py.
locals {
  name = var.settings.name

  # Bucket names are global on AWS: the account keeps those of two accounts apart. Within an account a name is that of one
  # pipeline, in whatever region: roles, dashboards and budgets belong to the account, and their names have no region.
  bucket_names = {
    for purpose in ["input", "work", "output"] : purpose =>
    coalesce(try(local.places[purpose].name, null), "${local.name}-${purpose}-${var.account}-${var.region}")
  }
  state_bucket = "${local.name}-state-${var.account}-${var.region}"
  bucket_arns  = { for purpose, bucket in local.bucket_names : purpose => "arn:${var.partition}:s3:::${bucket}" }

  functions = { for service in local.order : service => "${local.name}-${service}" }
  queues    = { for service in local.order : service => "${local.name}-${service}" }
  dlqs      = { for service in local.order : service => "${local.name}-${service}-dlq" }
  rule      = "${local.name}-uploads"
  topic     = "${local.name}-notices"
  operators = "${local.name}-operators"
  ledger    = "${local.name}-ledger"
  key_alias = "alias/${local.name}"

  log_groups     = { for service, function in local.functions : service => "/aws/lambda/${function}" }
  log_group_arns = { for service, group in local.log_groups : service => "arn:${var.partition}:logs:${var.region}:${var.account}:log-group:${group}" }

  queue_arns    = { for service, queue in local.queues : service => "arn:${var.partition}:sqs:${var.region}:${var.account}:${queue}" }
  dlq_arns      = { for service, dlq in local.dlqs : service => "arn:${var.partition}:sqs:${var.region}:${var.account}:${dlq}" }
  rule_arn      = "arn:${var.partition}:events:${var.region}:${var.account}:rule/${local.rule}"
  topic_arn     = "arn:${var.partition}:sns:${var.region}:${var.account}:${local.topic}"
  operators_arn = "arn:${var.partition}:sns:${var.region}:${var.account}:${local.operators}"
  ledger_arn    = "arn:${var.partition}:dynamodb:${var.region}:${var.account}:table/${local.ledger}"

  queue_urls = { for service, queue in local.queues : service => "https://sqs.${var.region}.${var.dns_suffix}/${var.account}/${queue}" }
  dlq_urls   = { for service, dlq in local.dlqs : service => "https://sqs.${var.region}.${var.dns_suffix}/${var.account}/${dlq}" }

  # The service to which each one sends its messages; the last has none.
  next = { resize = "watermark", watermark = "store" }
}
