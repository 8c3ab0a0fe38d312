# pipeline.yaml, and the resources that the roles are for in this account and region.
data "aws_caller_identity" "current" {}

# For its region: aws_region has no attribute that provider 5 knows and provider 6 does not deprecate. No request is made.
data "aws_service" "current" {
  service_id = "sqs"
}

data "aws_partition" "current" {}

locals {
  settings = yamldecode(file(coalesce(var.settings_file, "${path.root}/../../pipeline.yaml")))
  account  = data.aws_caller_identity.current.account_id
  region   = data.aws_service.current.region

  partition  = data.aws_partition.current.partition
  dns_suffix = data.aws_partition.current.dns_suffix

  here = "${local.region}:${local.account}"
  name = module.pipeline.name

  functions = values(module.pipeline.functions)

  bucket_arns = [for purpose, arn in module.pipeline.bucket_arns : arn if !module.pipeline.existing[purpose]]
  queue_arns  = flatten([for arn in values(module.pipeline.queue_arns) : [arn, "${arn}-dlq"]])
  topic_arns  = [module.pipeline.topic_arn, module.pipeline.operators_arn]
  # A budget is of the account, and called as the pipeline.
  budget_arn    = "arn:${local.partition}:budgets::${local.account}:budget/${local.name}"
  ledger_arn    = "arn:${local.partition}:dynamodb:${local.here}:table/${module.pipeline.ledger}"
  role_arns     = [for function in local.functions : "arn:${local.partition}:iam::${local.account}:role/${function}"]
  function_arns = [for function in local.functions : "arn:${local.partition}:lambda:${local.here}:function:${function}"]
  # Versions and aliases of a function.
  qualified_arns = [for arn in local.function_arns : "${arn}:*"]
  log_group_arns = flatten([
    for function in local.functions : [
      for end in ["", ":*"] : "arn:${local.partition}:logs:${local.here}:log-group:/aws/lambda/${function}${end}"
    ]
  ])
  alarm_arns = ["arn:${local.partition}:cloudwatch:${local.here}:alarm:${local.name}-*"]
  dashboard_arns = [
    for end in ["", "-*"] : "arn:${local.partition}:cloudwatch::${local.account}:dashboard/${local.name}${end}"
  ]

  state_bucket_arn = "arn:${local.partition}:s3:::${local.name}-state-${local.account}-${local.region}"
  # States of the deployed roots: the roles have no access to their own state.
  state_arns = [for root in concat(["platform"], module.pipeline.order) : "${local.state_bucket_arn}/${root}.tfstate"]
}

module "pipeline" {
  source   = "../modules/pipeline"
  settings = local.settings
  account  = local.account
  region   = local.region

  partition  = local.partition
  dns_suffix = local.dns_suffix
}
