# How many days things are kept: as ops/settings.py has it.
locals {
  retention_bounds = {
    dlq_days          = { low = 1, high = 14, default = 14 }
    work_days         = { low = 1, high = 3650, default = 16 }
    logs_days         = { low = 1, high = 3653, default = 30 }
    old_versions_days = { low = 1, high = 3650, default = 30 }
  }

  said_of_retention = try(var.settings.retention, {})

  retention = {
    for setting, bounds in local.retention_bounds : setting => try(local.said_of_retention[setting], bounds.default)
  }
}

module "retention" {
  source = "../section"
  path   = "retention"
  values = local.said_of_retention
  rules  = { for setting, bounds in local.retention_bounds : setting => { kind = "whole", low = bounds.low, high = bounds.high } }
}

locals {
  # https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
  logs_days = [
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
  ]

  retention_problems = concat(
    module.retention.problems,
    [
      for days in [local.retention.logs_days] :
      "retention.logs_days is ${jsonencode(days)}; allowed: what CloudWatch allows, ${join(", ", local.logs_days)}."
      if !try(contains(local.logs_days, days), false)
    ],
    [
      for days in [local.retention.work_days] :
      "retention.work_days is ${jsonencode(days)}; allowed: more than dlq_days (${jsonencode(local.retention.dlq_days)}), or a replay finds no pixels."
      if !try(days > local.retention.dlq_days, false)
    ],
  )
}
