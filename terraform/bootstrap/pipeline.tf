# pipeline.yaml, and what follows from it in this account and region.
data "aws_caller_identity" "current" {}

data "aws_region" "current" {}

locals {
  settings = yamldecode(file(coalesce(var.settings_file, "${path.root}/../../pipeline.yaml")))
}

module "pipeline" {
  source   = "../modules/pipeline"
  settings = local.settings
  account  = data.aws_caller_identity.current.account_id
  region   = data.aws_region.current.name
}
