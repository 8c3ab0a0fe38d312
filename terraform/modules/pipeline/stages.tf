# How each service's function and queue are set up: as ops/settings.py has it.
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

  said_of_stages = { for stage in local.order : stage => try(var.settings.stages[stage], {}) }

  stages = {
    for stage in local.order : stage => {
      for setting, bounds in local.stage_bounds :
      setting => try(local.said_of_stages[stage][setting], bounds.default[stage])
    }
  }
}

module "stage" {
  source   = "../section"
  for_each = toset(local.order)
  path     = "stages.${each.key}"
  values   = local.said_of_stages[each.key]
  rules    = { for setting, bounds in local.stage_bounds : setting => { kind = "whole", low = bounds.low, high = bounds.high } }
}

locals {
  stage_problems = flatten([for each in values(module.stage) : each.problems])
}
