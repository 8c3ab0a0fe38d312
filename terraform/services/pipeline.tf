# pipeline.yaml, and what follows from it in this account and region.
data "aws_caller_identity" "current" {}

# For its region: aws_region has no attribute that provider 5 knows and provider 6 does not deprecate. No request is made.
data "aws_service" "current" {
  service_id = "sqs"
}

data "aws_partition" "current" {}

locals {
  settings = yamldecode(file(coalesce(var.settings_file, "${path.root}/../../pipeline.yaml")))
}

module "pipeline" {
  source   = "../modules/pipeline"
  settings = local.settings
  account  = data.aws_caller_identity.current.account_id
  region   = data.aws_service.current.region

  partition  = data.aws_partition.current.partition
  dns_suffix = data.aws_partition.current.dns_suffix
}
