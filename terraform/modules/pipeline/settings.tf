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

  # The most seconds that the resize service gives one image before it fails by itself, with a reason of its own.
  watchdog_seconds = try(var.settings.limits.seconds, 20)
  reserve_seconds  = 5

  # jsonencode tells a number from a text that looks like one.
  stage_problems = flatten([
    for stage in local.order : concat(
      [
        for setting, bounds in local.stage_bounds :
        "stages.${stage}.${setting} is ${jsonencode(local.stages[stage][setting])}; allowed: a whole number from ${bounds.low} to ${bounds.high}."
        if !try(
          can(regex("^[0-9]+$", jsonencode(local.stages[stage][setting])))
          && local.stages[stage][setting] >= bounds.low && local.stages[stage][setting] <= bounds.high,
          false
        )
      ],
      [
        for setting in setsubtract(keys(local.said_of_stages[stage]), keys(local.stage_bounds)) :
        "stages.${stage}.${setting} is no setting; allowed: ${join(", ", keys(local.stage_bounds))}."
      ],
    )
  ])

  retention_problems = concat(
    [
      for setting, bounds in local.retention_bounds :
      "retention.${setting} is ${jsonencode(local.retention[setting])}; allowed: a whole number from ${bounds.low} to ${bounds.high}."
      if !try(
        can(regex("^[0-9]+$", jsonencode(local.retention[setting])))
        && local.retention[setting] >= bounds.low && local.retention[setting] <= bounds.high,
        false
      )
    ],
    [
      for setting in setsubtract(keys(local.said_of_retention), keys(local.retention_bounds)) :
      "retention.${setting} is no setting; allowed: ${join(", ", keys(local.retention_bounds))}."
    ],
  )
}
