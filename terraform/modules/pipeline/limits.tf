# What an image may be at most: as services/resize/settings.py has it.
module "limits" {
  source = "../section"
  path   = "limits"
  values = try(var.settings.limits, {})

  rules = {
    bytes        = { kind = "whole", low = 1024, high = 2147483648 }
    pixels       = { kind = "whole", low = 1, high = 1000000000 }
    memory_mb    = { kind = "whole", low = 16, high = 10240 }
    side_px      = { kind = "whole", low = 1, high = 65535 }
    frames       = { kind = "whole", low = 1, high = 10000 }
    frame_pixels = { kind = "whole", low = 1, high = 10000000000 }
    jpeg_scans   = { kind = "whole", low = 1, high = 1000 }
    seconds      = { kind = "whole", low = 1, high = 840 }
  }
}

locals {
  # The most seconds that the resize service gives one image before it fails by itself, with a reason of its own.
  watchdog_seconds = try(var.settings.limits.seconds, 20)
  reserve_seconds  = 5
}
