# One service, as the settings describe it. There is no data source here, nor in what this uses: a caller lets all of it
# depend on the platform, and data that is read only after that would let Terraform plan to replace everything.
module "pipeline" {
  source   = "../pipeline"
  settings = var.settings
  account  = var.place.account
  region   = var.place.region

  partition  = var.place.partition
  dns_suffix = var.place.dns_suffix

  kms_key_arn = var.kms_key_arn
}

module "service" {
  source = "../service"

  service = var.service
  name    = module.pipeline.functions[var.service]
  zip     = var.zip.path
  sha256  = var.zip.sha256
  release = var.zip.release

  environment = module.pipeline.environments[var.service]
  role_policy = jsonencode(module.pipeline.role_policies[var.service])

  permissions_boundary_arn = try(module.pipeline.permissions_boundary.arn, null)

  architecture    = module.pipeline.services[var.service].architecture
  runtime         = module.pipeline.services[var.service].runtime
  extras          = var.service == "store" ? [] : module.pipeline.extras
  built_for       = { architecture = var.zip.architecture, runtime = var.zip.runtime, extras = var.zip.extras }
  memory_mb       = module.pipeline.services[var.service].memory_mb
  timeout_seconds = module.pipeline.services[var.service].timeout_seconds

  queue_arn               = module.pipeline.queue_arns[var.service]
  batch_size              = module.pipeline.services[var.service].batch_size
  batching_window_seconds = module.pipeline.services[var.service].batching_window_seconds
  maximum_concurrency     = module.pipeline.services[var.service].maximum_concurrency
  pollers                 = module.pipeline.services[var.service].pollers

  kms_key_arn     = var.kms_key_arn
  logs_days       = module.pipeline.retention.logs_days
  alarm_topic_arn = module.pipeline.operators_arn
}
