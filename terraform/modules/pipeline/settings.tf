# The part of pipeline.yaml that Terraform itself uses. Rules and defaults are those of pipeline.schema.json, which is
# generated from ops/schema/model.py. Settings that only functions read are passed through: functions refuse them at
# their cold start.
locals {
  rules = jsondecode(file("${path.module}/../../../pipeline.schema.json")).properties
  order = ["resize", "watermark", "store"]

  encryption           = try(var.settings.encryption, local.rules.encryption.default)
  state                = try(var.settings.state, local.rules.state.default)
  permissions_boundary = try(var.settings.permissions_boundary, null)
  follow_deletes       = try(var.settings.output.follow_deletes == true, false)
  moderates            = try(var.settings.moderation.enabled == true, false)

  # Pages that may upload. If they are not a list of texts, `problems` has an error and nothing is made.
  uploads      = try(var.settings.uploads, {})
  origins      = local.rules.uploads.properties.cors_origins
  cors_given   = try(local.uploads.cors_origins, local.origins.default)
  cors_origins = try(tolist([for origin in local.cors_given : tostring(origin)]), [])

  # The sections of whole numbers and choices, by their paths.
  sections = merge(
    { for service in local.order : "services.${service}" => {
      given = try(var.settings.services[service], {}), rules = local.rules.services.properties[service].properties
    } },
    { for name in ["notifications", "retention"] : name => {
      given = try(var.settings[name], {}), rules = local.rules[name].properties
    } },
  )
  values = {
    for path, section in local.sections : path => {
      for setting, rule in section.rules : setting => try(section.given[setting], rule.default)
    }
  }
  services  = { for service in local.order : service => local.values["services.${service}"] }
  retention = local.values.retention

  # Errors, one sentence each. jsonencode distinguishes a number from a text that looks like one.
  problems = concat(
    [
      for setting, value in { encryption = local.encryption, state = local.state } :
      "${setting} is ${jsonencode(value)}; allowed: one of ${join(", ", local.rules[setting].enum)}."
      if !try(contains(local.rules[setting].enum, value), false)
    ],
    [
      for name in [local.permissions_boundary] :
      "permissions_boundary is ${jsonencode(name)}; allowed: ${local.rules.permissions_boundary.patternErrorMessage}, or null."
      if name != null && !try(can(regex(local.rules.permissions_boundary.pattern, name)) && length(name) <= local.rules.permissions_boundary.maxLength, false)
    ],
    [
      for service in try(setsubtract(keys(var.settings.services), local.order), [jsonencode(var.settings.services)], []) :
      "services.${service} is not a setting; allowed: ${join(", ", sort(local.order))}."
    ],
    flatten([
      for path, section in local.sections : concat(
        [for given in [section.given] : "${path} is ${jsonencode(given)}; it must be a mapping of settings." if !can(keys(given))],
        [
          for setting in try(setsubtract(keys(section.given), keys(section.rules)), []) :
          "${path}.${setting} is not a setting; allowed: ${join(", ", keys(section.rules))}."
        ],
        [
          for setting, rule in section.rules :
          "${path}.${setting} is ${jsonencode(local.values[path][setting])}; allowed: ${try("one of ${join(", ", rule.enum)}", "a whole number from ${rule.minimum} to ${rule.maximum}")}."
          if !try(
            can(regex(rule.type == "integer" ? "^[0-9]+$" : "^\"", jsonencode(local.values[path][setting])))
            && try(contains(rule.enum, local.values[path][setting]), local.values[path][setting] >= rule.minimum && local.values[path][setting] <= rule.maximum),
            false
          )
        ],
      )
    ]),
    [
      for given in [local.uploads] : "uploads is ${jsonencode(given)}; it must be a mapping of settings."
      if !can(keys(given))
    ],
    [
      for setting in try(setsubtract(keys(local.uploads), keys(local.rules.uploads.properties)), []) :
      "uploads.${setting} is not a setting; allowed: ${join(", ", keys(local.rules.uploads.properties))}."
    ],
    [
      for given in [local.cors_given] :
      "uploads.cors_origins is ${jsonencode(given)}; allowed: a list of 0 to ${local.origins.maxItems} entries."
      if !try(length([for origin in given : origin]) <= local.origins.maxItems && startswith(jsonencode(given), "["), false)
    ],
    [
      for index, origin in try([for origin in local.cors_given : origin], []) :
      "uploads.cors_origins[${index}] is ${jsonencode(origin)}; allowed: ${local.origins.items.patternErrorMessage}."
      if !try(
        startswith(jsonencode(origin), "\"") && can(regex(local.origins.items.pattern, origin))
        && length(origin) <= local.origins.items.maxLength,
        false
      )
    ],
    [
      for days in [local.retention.work_days] :
      "retention.work_days is ${jsonencode(days)}; allowed: more than dlq_days (${jsonencode(local.retention.dlq_days)}), or a replay finds no pixels."
      if !try(days > local.retention.dlq_days, false)
    ],
  )
}
