# What is uploaded under a prefix: as shared/profiles.py has it. Their renditions and marks are checked with
# everybody's.
locals {
  most_profiles = 20
  profiles_list = try(var.settings.profiles, null)

  # Each profile by its path, such as profiles[0].
  profiles_said = {
    for index in range(try(length([for each in local.profiles_list : each if can(local.profiles_list[0])]), 0)) :
    "profiles[${index}]" => local.profiles_list[index]
  }
}

module "profile" {
  source   = "../section"
  for_each = local.profiles_said
  path     = each.key
  values   = each.value

  rules = {
    prefix     = { kind = "text", longest = 200, required = true }
    metadata   = { kind = "choice", words = local.metadata }
    renditions = { kind = "anything" }
    watermark  = { kind = "anything" }
  }
}

locals {
  prefixes = { for path, profile in local.profiles_said : path => try(tostring(profile.prefix), null) }

  profile_problems = concat(
    [
      for list in [local.profiles_list] :
      "profiles is ${jsonencode(list)}; allowed: a list of 0 to ${local.most_profiles} entries."
      if list != null && (!startswith(jsonencode(list), "[") || try(length(list) > local.most_profiles, true))
    ],
    flatten([for each in values(module.profile) : each.problems]),
    [
      for path, prefix in local.prefixes : "${path}.prefix is ${jsonencode(prefix)}; allowed: each prefix once."
      if prefix != null && length([for each in values(local.prefixes) : each if each == prefix]) > 1
    ],
  )
}
