# The mark of every image, and of those under a prefix: as services/watermark/settings.py has it.
locals {
  widest_px     = 100000
  image_endings = [".png", ".webp", ".jpg", ".jpeg"]

  # The marks by their paths: everybody's, and those of profiles, which say what differs.
  marks = merge(
    { for mark in [try(var.settings.watermark, {})] : "watermark" => mark },
    { for path, profile in local.profiles_said : "${path}.watermark" => profile.watermark if can(profile.watermark) },
  )

  # What a profile leaves out is as in everybody's mark.
  widest = { for path, mark in local.marks : path => try(tonumber(mark.max_width_px), tonumber(local.marks.watermark.max_width_px), local.widest_px) }
  narrowest = {
    for path, mark in local.marks : path =>
    try(tonumber(mark.min_width_px), min(try(tonumber(local.marks.watermark.min_width_px), 64), local.widest[path]))
  }
}

module "watermark" {
  source   = "../section"
  for_each = local.marks
  path     = each.key
  values   = each.value

  rules = {
    text          = { kind = "text", longest = 200, nullable = true }
    image         = { kind = "text", longest = 200, nullable = true }
    position      = { kind = "choice", words = local.positions }
    opacity       = { kind = "number", low = 0, high = 1 }
    scale         = { kind = "number", low = 0.01, high = 1 }
    min_width_px  = { kind = "whole", low = 1, high = local.widest_px }
    max_width_px  = { kind = "whole", low = 1, high = local.widest_px }
    margin        = { kind = "number", low = 0, high = 0.4 }
    tile          = { kind = "boolean" }
    angle_degrees = { kind = "number", low = -180, high = 180, nullable = true }
    min_side_px   = { kind = "whole", low = 1, high = 100000 }
  }
}

locals {
  positions = [
    "top-left", "top-center", "top-right",
    "middle-left", "middle-center", "middle-right",
    "bottom-left", "bottom-center", "bottom-right",
  ]

  watermark_problems = concat(
    flatten([for each in values(module.watermark) : each.problems]),
    [
      for path, mark in local.marks :
      "${path} has text ${jsonencode(mark.text)} and image ${jsonencode(mark.image)}; allowed: one of the two."
      if try(mark.text != null && mark.image != null, false)
    ],
    [
      for path, mark in local.marks :
      "${path}.image is ${jsonencode(mark.image)}; allowed: the path of a file in this repository, relative to its top."
      if try(startswith(mark.image, "/") || contains(split("/", mark.image), ".."), false)
    ],
    [
      for path, mark in local.marks :
      "${path}.image is ${jsonencode(mark.image)}; allowed: a file that ends in ${join(", ", local.image_endings)}."
      if try(!anytrue([for ending in local.image_endings : can(regex("(?i)[^/]\\${ending}$", mark.image))]) && mark.image != null, false)
    ],
    [
      for path, mark in local.marks :
      "${path}.min_width_px is ${local.narrowest[path]}; allowed: no more than max_width_px (${local.widest[path]})."
      if try(local.narrowest[path] > local.widest[path], false)
    ],
  )
}
