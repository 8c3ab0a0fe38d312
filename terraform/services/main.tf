# One service, deployed alone: apply this once per service, each with a state of its own.
data "aws_kms_alias" "customer" {
  count = module.pipeline.encryption == "customer" ? 1 : 0
  name  = module.pipeline.key_alias
}

locals {
  kms_key_arn = one(data.aws_kms_alias.customer[*].target_key_arn)
}

module "service" {
  source = "../modules/service"

  service = var.service
  name    = module.pipeline.functions[var.service]
  zip     = coalesce(var.zip, "${path.root}/../../build/lambda/${var.service}.zip")
  release = var.release

  environment = module.pipeline.environments[var.service]
  role_policy = jsonencode(module.pipeline.role_policies[var.service])

  permissions_boundary_arn = try(module.pipeline.permissions_boundary.arn, null)

  architecture    = module.pipeline.services[var.service].architecture
  memory_mb       = module.pipeline.services[var.service].memory_mb
  timeout_seconds = module.pipeline.services[var.service].timeout_seconds

  queue_arn               = module.pipeline.queue_arns[var.service]
  batch_size              = module.pipeline.services[var.service].batch_size
  batching_window_seconds = module.pipeline.services[var.service].batching_window_seconds
  maximum_concurrency     = module.pipeline.services[var.service].maximum_concurrency

  kms_key_arn     = local.kms_key_arn
  logs_days       = module.pipeline.retention.logs_days
  alarm_topic_arn = module.pipeline.operators_arn
}
