# What pipeline.yaml leaves out, and what it may say: as ops/settings.py has it.
locals {
  order = ["resize", "watermark", "store"]

  stage_bounds = {
    memory_mb               = { low = 128, high = 10240, default = { resize = 1769, watermark = 1769, store = 512 } }
    timeout_seconds         = { low = 5, high = 900, default = { resize = 60, watermark = 60, store = 30 } }
    batch_size              = { low = 1, high = 10, default = { resize = 10, watermark = 10, store = 10 } }
    batching_window_seconds = { low = 0, high = 300, default = { resize = 0, watermark = 0, store = 0 } }
    maximum_concurrency     = { low = 2, high = 1000, default = { resize = 10, watermark = 10, store = 10 } }
    # Five are kept for telling of a function that died on each of its tries.
    max_receive_count = { low = 6, high = 1000, default = { resize = 10, watermark = 10, store = 10 } }
  }

  retention_bounds = {
    dlq_days          = { low = 1, high = 14, default = 14 }
    work_days         = { low = 1, high = 3650, default = 16 }
    logs_days         = { low = 1, high = 3653, default = 30 }
    old_versions_days = { low = 1, high = 3650, default = 30 }
  }

  said_of_stages    = { for stage in local.order : stage => try(var.settings.stages[stage], {}) }
  said_of_retention = try(var.settings.retention, {})

  stages = {
    for stage in local.order : stage => {
      for setting, bounds in local.stage_bounds :
      setting => try(local.said_of_stages[stage][setting], bounds.default[stage])
    }
  }
  retention = {
    for setting, bounds in local.retention_bounds : setting => try(local.said_of_retention[setting], bounds.default)
  }
}

module "top" {
  source = "../section"
  path   = ""
  values = { for setting in ["metadata", "overrides", "encryption", "state"] : setting => var.settings[setting] if can(var.settings[setting]) }

  rules = {
    metadata   = { kind = "choice", words = local.metadata }
    overrides  = { kind = "list", words = local.overrides }
    encryption = { kind = "choice", words = ["aws", "customer"] }
    state      = { kind = "choice", words = ["local", "s3"] }
  }
}

module "stage" {
  source   = "../section"
  for_each = toset(local.order)
  path     = "stages.${each.key}"
  values   = local.said_of_stages[each.key]
  rules    = { for setting, bounds in local.stage_bounds : setting => { kind = "whole", low = bounds.low, high = bounds.high } }
}

module "retention" {
  source = "../section"
  path   = "retention"
  values = local.said_of_retention
  rules  = { for setting, bounds in local.retention_bounds : setting => { kind = "whole", low = bounds.low, high = bounds.high } }
}

locals {
  encryption = try(var.settings.encryption, "aws")
  state      = try(var.settings.state, "local")

  # What an uploader may order for one image: as shared/overrides.py has it.
  overrides = [
    "renditions", "quality", "format", "fit", "gravity", "watermark", "watermark-text", "watermark-position",
    "watermark-opacity", "metadata",
  ]

  # https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
  logs_days = [
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
  ]

  stage_problems = flatten([for each in values(module.stage) : each.problems])

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
