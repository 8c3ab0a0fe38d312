# A whole pipeline, as one module: what all services share, and the three services. `make deploy` applies the same
# modules from roots of their own, so that each service has its own state; this one has all of it in the caller's.
data "aws_caller_identity" "current" {}

# For its region: aws_region has no attribute that provider 5 knows and provider 6 does not deprecate. No request is made.
data "aws_service" "current" {
  service_id = "sqs"
}

data "aws_partition" "current" {}

locals {
  place = {
    account    = data.aws_caller_identity.current.account_id
    region     = data.aws_service.current.region
    partition  = data.aws_partition.current.partition
    dns_suffix = data.aws_partition.current.dns_suffix
  }

  settings = merge(concat(
    [for path in var.settings_file[*] : yamldecode(file(path))],
    [var.settings],
    [for name in var.name[*] : { name = name }],
  )...)
}

module "platform" {
  source   = "./modules/platform"
  settings = local.settings
  place    = local.place
}

# Each service after the one that reads its messages: a release reads what the one before wrote, and not what the next one
# writes. A mapping needs its queue, and a function what its role names.
module "store" {
  source      = "./modules/deployment"
  service     = "store"
  settings    = local.settings
  place       = local.place
  zip         = local.zips["store"]
  kms_key_arn = module.platform.kms_key_arn

  depends_on = [module.platform, terraform_data.zip]
}

module "watermark" {
  source      = "./modules/deployment"
  service     = "watermark"
  settings    = local.settings
  place       = local.place
  zip         = local.zips["watermark"]
  kms_key_arn = module.platform.kms_key_arn

  depends_on = [module.store, terraform_data.zip]
}

module "resize" {
  source      = "./modules/deployment"
  service     = "resize"
  settings    = local.settings
  place       = local.place
  zip         = local.zips["resize"]
  kms_key_arn = module.platform.kms_key_arn

  depends_on = [module.watermark, terraform_data.zip]
}
