# How each service's function and queue are set up: as ops/settings.py has it.
locals {
  order = ["resize", "watermark", "store"]

  service_bounds = {
    memory_mb               = { low = 128, high = 10240, default = { resize = 1769, watermark = 1769, store = 512 } }
    timeout_seconds         = { low = 5, high = 900, default = { resize = 60, watermark = 60, store = 30 } }
    batch_size              = { low = 1, high = 10, default = { resize = 10, watermark = 10, store = 10 } }
    batching_window_seconds = { low = 0, high = 300, default = { resize = 0, watermark = 0, store = 0 } }
    maximum_concurrency     = { low = 2, high = 1000, default = { resize = 10, watermark = 10, store = 10 } }
    # Five are kept for reporting a function that died on each of its attempts.
    max_receive_count = { low = 6, high = 1000, default = { resize = 10, watermark = 10, store = 10 } }
  }

  said_of_services = { for service in local.order : service => try(var.settings.services[service], {}) }

  services = {
    for service in local.order : service => {
      for setting, bounds in local.service_bounds :
      setting => try(local.said_of_services[service][setting], bounds.default[service])
    }
  }
}

module "service" {
  source   = "../section"
  for_each = toset(local.order)
  path     = "services.${each.key}"
  values   = local.said_of_services[each.key]
  rules    = { for setting, bounds in local.service_bounds : setting => { kind = "whole", low = bounds.low, high = bounds.high } }
}

locals {
  service_problems = flatten([for each in values(module.service) : each.problems])
}
