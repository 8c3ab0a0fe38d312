# What is made of every image, and of those under a prefix: as services/resize/settings.py has it.
locals {
  most_renditions = 10

  gravities = [
    "center", "north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west", "attention"
  ]

  # The lists of renditions by their paths: everybody's, and those of profiles. A null is none.
  rendition_lists = {
    for path, list in merge(
      { renditions = try(var.settings.renditions, null) },
      { for path, profile in local.profiles_said : "${path}.renditions" => try(profile.renditions, null) },
    ) : path => list if list != null
  }

  # Each rendition by its path, such as renditions[0].
  renditions = merge([
    for path, list in local.rendition_lists : {
      for index in range(try(length([for each in list : each if can(list[0])]), 0)) : "${path}[${index}]" => list[index]
    }
  ]...)
}

module "rendition" {
  source   = "../section"
  for_each = local.renditions
  path     = each.key
  values   = each.value

  rules = {
    name       = { kind = "text", longest = 32, required = true }
    width      = { kind = "whole", low = 1, high = 8192 }
    height     = { kind = "whole", low = 1, high = 8192 }
    fit        = { kind = "choice", words = ["inside", "cover", "contain"] }
    gravity    = { kind = "choice", words = local.gravities }
    enlarge    = { kind = "boolean" }
    background = { kind = "anything" }
    format     = { kind = "choice", words = ["keep", "jpeg", "png", "webp", "avif"] }
    quality    = { kind = "whole", low = 1, high = 100 }
    watermark  = { kind = "boolean" }
  }
}

locals {
  rendition_problems = concat(
    [
      for path, list in local.rendition_lists :
      "${path} is ${jsonencode(list)}; allowed: a list of 1 to ${local.most_renditions} entries."
      if !startswith(jsonencode(list), "[") || try(length(list) < 1 || length(list) > local.most_renditions, true)
    ],
    flatten([for each in values(module.rendition) : each.problems]),
    [
      for path, each in local.renditions :
      "${path}.name is ${jsonencode(each.name)}; allowed: a to z, digits, - and _, beginning with a to z or a digit."
      if try(!can(regex("^[a-z0-9][a-z0-9_-]*$", each.name)) && each.name != "", false)
    ],
    [
      for path, list in local.rendition_lists : "${path} are called ${join(", ", list[*].name)}; allowed: each name once."
      if try(length(distinct(list[*].name)) < length(list), false)
    ],
    [
      for path, each in local.renditions :
      "${path}.background is ${jsonencode(each.background)}; allowed: transparent, or a colour such as \"#ffcc00\" in quotes."
      if try(
        each.background == null
        || !(can(regex("^(transparent|#[0-9a-fA-F]{6})$", each.background)) && startswith(jsonencode(each.background), "\"")),
        false
      )
    ],
    [
      for path, each in local.renditions :
      "${path}.gravity is ${jsonencode(each.gravity)}; allowed: center where fit is inside, which leaves nothing over."
      if try(each.gravity != "center" && contains(local.gravities, each.gravity), false) && try(each.fit, "inside") == "inside"
    ],
    [
      for path, each in local.renditions :
      "${path}.gravity is ${jsonencode(each.gravity)}; allowed: the nine directions where fit is contain, which crops nothing."
      if try(each.gravity == "attention" && each.fit == "contain", false)
    ],
  )
}
