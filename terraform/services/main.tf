# One service, deployed alone: apply this once per service, each with a state of its own.
data "aws_kms_alias" "customer" {
  count = module.pipeline.encryption == "customer" ? 1 : 0
  name  = module.pipeline.key_alias
}

locals {
  kms_key_arn = one(data.aws_kms_alias.customer[*].target_key_arn)
}

module "deployment" {
  source   = "../modules/deployment"
  settings = local.settings

  place = {
    account    = data.aws_caller_identity.current.account_id
    region     = data.aws_service.current.region
    partition  = data.aws_partition.current.partition
    dns_suffix = data.aws_partition.current.dns_suffix
  }

  service     = var.service
  kms_key_arn = local.kms_key_arn

  zip = {
    path    = coalesce(var.zip, "${path.root}/../../build/lambda/${var.service}.zip")
    release = var.release
  }
}
