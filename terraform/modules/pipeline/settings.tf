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
  extras               = try([for extra in var.settings.extras : tostring(extra)], [])

  # Faces are looked for to hide them, or to crop around them.
  all_renditions = flatten([
    try([for rendition in var.settings.renditions : rendition], []),
    try([for profile in var.settings.profiles : try([for rendition in profile.renditions : rendition], [])], []),
  ])
  detects_faces = (local.moderates && try(var.settings.moderation.faces != "keep", false)) || anytrue([
    for rendition in local.all_renditions : try(rendition.gravity == "faces", false)
  ])

  # Pages that may upload, and pages that may fetch outputs. If they are not a list of texts, `problems` has an error and
  # nothing is made.
  browsers = {
    for name in ["outputs", "uploads"] : name => {
      given   = try(var.settings[name], {})
      rules   = local.rules[name].properties
      origins = local.rules[name].properties.cors_origins
    }
  }
  cors_given   = { for name, each in local.browsers : name => try(each.given.cors_origins, each.origins.default) }
  cors_origins = { for name, given in local.cors_given : name => try(tolist([for origin in given : tostring(origin)]), []) }

  # Where uploads and outputs are, as shared/buckets.py reads it. If it is wrong, `problems` has an error and nothing is
  # made.
  buckets = try(var.settings.buckets, {})
  places = {
    for purpose in ["input", "output"] : purpose => {
      given  = try(local.buckets[purpose], {})
      rules  = local.rules.buckets.properties[purpose].properties
      name   = try(tostring(local.buckets[purpose].name), null)
      prefix = try(tostring(local.buckets[purpose].prefix), "")
    }
  }
  # A bucket that somebody else owns may have notifications, and S3 has one configuration of them for all.
  reports = try(coalesce(local.buckets.input.events), local.places.input.name == null ? "notification" : "eventbridge")
  # The prefixes where input and output are one bucket.
  shared_prefixes = [
    for _ in [1] : sort([local.places.input.prefix, local.places.output.prefix])
    if local.places.input.name != null && local.places.input.name == local.places.output.name
  ]

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
  services = {
    for service in local.order : service => merge(local.values["services.${service}"], { pollers = local.pollers[service] })
  }
  retention = local.values.retention

  # Provisioned pollers of each queue; null for none.
  poller_rules  = local.rules.services.properties.resize.properties.pollers.properties
  pollers_given = { for service in local.order : service => try(local.values["services.${service}"].pollers, null) }
  pollers = {
    for service, given in local.pollers_given : service => given == null ? null : {
      for setting, rule in local.poller_rules : setting => try(given[setting], rule.default)
    }
  }

  # A limit of costs; null for none.
  budget_rules = local.rules.budget.properties
  budget_given = try(var.settings.budget, {})
  budget = {
    monthly_dollars = try(local.budget_given.monthly_dollars, null)
    emails          = try(local.budget_given.emails, [])
  }

  # Errors, one sentence each. jsonencode distinguishes a number from a text that looks like one.
  problems = concat(
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    [
      for prefix in ["amzn-s3-demo-", "sthree-", "xn--"] :
      "name is ${jsonencode(local.name)}; allowed: a name that does not begin with ${prefix}, which S3 has for itself."
      if startswith(local.name, prefix)
    ],
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
          for setting, rule in { for name, each in section.rules : name => each if !can(each.properties) } :
          "${path}.${setting} is ${jsonencode(local.values[path][setting])}; allowed: ${try("one of ${join(", ", rule.enum)}", "a whole number from ${rule.minimum} to ${rule.maximum}")}."
          if !try(
            can(regex(rule.type == "integer" ? "^[0-9]+$" : "^\"", jsonencode(local.values[path][setting])))
            && try(contains(rule.enum, local.values[path][setting]), local.values[path][setting] >= rule.minimum && local.values[path][setting] <= rule.maximum),
            false
          )
        ],
      )
    ]),
    flatten([
      for service, given in local.pollers_given : concat(
        [for each in [given] : "services.${service}.pollers is ${jsonencode(each)}; it must be a mapping of settings, or null." if !can(keys(each))],
        [
          for setting in try(setsubtract(keys(given), keys(local.poller_rules)), []) :
          "services.${service}.pollers.${setting} is not a setting; allowed: ${join(", ", keys(local.poller_rules))}."
        ],
        [
          for setting, rule in local.poller_rules :
          "services.${service}.pollers.${setting} is ${jsonencode(local.pollers[service][setting])}; allowed: a whole number from ${rule.minimum} to ${rule.maximum}."
          if !try(
            can(regex("^[0-9]+$", jsonencode(local.pollers[service][setting])))
            && local.pollers[service][setting] >= rule.minimum && local.pollers[service][setting] <= rule.maximum,
            false
          )
        ],
        [
          for pollers in [local.pollers[service]] :
          "services.${service}.pollers.minimum is ${jsonencode(pollers.minimum)}; allowed: at most pollers.maximum (${jsonencode(pollers.maximum)})."
          if try(pollers.minimum > pollers.maximum, false)
        ],
        can(var.settings.services[service].maximum_concurrency) ? [
          "services.${service} has pollers and maximum_concurrency; allowed: one of them. With pollers, services.${service}.pollers.maximum bounds how many batches are processed at once, ten for each."
        ] : [],
      ) if given != null
    ]),
    [
      for given in [local.budget_given] : "budget is ${jsonencode(given)}; it must be a mapping of settings." if !can(keys(given))
    ],
    [
      for setting in try(setsubtract(keys(local.budget_given), keys(local.budget_rules)), []) :
      "budget.${setting} is not a setting; allowed: ${join(", ", keys(local.budget_rules))}."
    ],
    [
      for dollars in local.budget.monthly_dollars[*] :
      "budget.monthly_dollars is ${jsonencode(dollars)}; allowed: a whole number from ${local.budget_rules.monthly_dollars.minimum} to ${local.budget_rules.monthly_dollars.maximum}, or null."
      if !try(
        can(regex("^[0-9]+$", jsonencode(dollars)))
        && dollars >= local.budget_rules.monthly_dollars.minimum && dollars <= local.budget_rules.monthly_dollars.maximum,
        false
      )
    ],
    [
      for emails in [local.budget.emails] :
      "budget.emails is ${jsonencode(emails)}; allowed: a list of 0 to ${local.budget_rules.emails.maxItems} entries, at least one with budget.monthly_dollars."
      if !try(
        startswith(jsonencode(emails), "[") && length(emails) <= local.budget_rules.emails.maxItems
        && (local.budget.monthly_dollars == null || length(emails) > 0),
        false
      )
    ],
    [
      for index, email in try([for email in local.budget.emails : email], []) :
      "budget.emails[${index}] is ${jsonencode(email)}; allowed: ${local.budget_rules.emails.items.patternErrorMessage}."
      if !try(
        startswith(jsonencode(email), "\"") && can(regex(local.budget_rules.emails.items.pattern, email))
        && length(email) <= local.budget_rules.emails.items.maxLength,
        false
      )
    ],
    [
      for name, each in local.browsers : "${name} is ${jsonencode(each.given)}; it must be a mapping of settings."
      if !can(keys(each.given))
    ],
    flatten([
      for name, each in local.browsers : [
        for setting in try(setsubtract(keys(each.given), keys(each.rules)), []) :
        "${name}.${setting} is not a setting; allowed: ${join(", ", keys(each.rules))}."
      ]
    ]),
    [
      for name, given in local.cors_given :
      "${name}.cors_origins is ${jsonencode(given)}; allowed: a list of 0 to ${local.browsers[name].origins.maxItems} entries."
      if !try(length([for origin in given : origin]) <= local.browsers[name].origins.maxItems && startswith(jsonencode(given), "["), false)
    ],
    flatten([
      for name, given in local.cors_given : [
        for index, origin in try([for origin in given : origin], []) :
        "${name}.cors_origins[${index}] is ${jsonencode(origin)}; allowed: ${local.browsers[name].origins.items.patternErrorMessage}."
        if !try(
          startswith(jsonencode(origin), "\"") && can(regex(local.browsers[name].origins.items.pattern, origin))
          && length(origin) <= local.browsers[name].origins.items.maxLength,
          false
        )
      ]
    ]),
    [
      for given in [local.buckets] : "buckets is ${jsonencode(given)}; it must be a mapping of settings."
      if !can(keys(given))
    ],
    [
      for purpose in try(setsubtract(keys(local.buckets), keys(local.places)), []) :
      "buckets.${purpose} is not a setting; allowed: ${join(", ", keys(local.places))}."
    ],
    flatten([
      for purpose, place in local.places : concat(
        [for given in [place.given] : "buckets.${purpose} is ${jsonencode(given)}; it must be a mapping of settings." if !can(keys(given))],
        [
          for setting in try(setsubtract(keys(place.given), keys(place.rules)), []) :
          "buckets.${purpose}.${setting} is not a setting; allowed: ${join(", ", keys(place.rules))}."
        ],
        [
          for setting in ["name", "prefix"] :
          "buckets.${purpose}.${setting} is ${jsonencode(place.given[setting])}; allowed: ${place.rules[setting].patternErrorMessage}${setting == "name" ? ", or null" : ""}."
          if can(place.given[setting]) && !(try(place.given[setting], "") == null && setting == "name") && !try(
            startswith(jsonencode(place.given[setting]), "\"") && can(regex(place.rules[setting].pattern, place.given[setting]))
            && length(place.given[setting]) <= try(place.rules[setting].maxLength, 63),
            false
          )
        ],
        [
          for name in place.name[*] :
          "buckets.${purpose}.name is ${jsonencode(name)}; allowed: a bucket that exists already; ${local.name} makes this one (null)."
          if can(regex("^${local.name}-(input|work|output|state)-[0-9]{12}-", name))
        ],
      )
    ]),
    [
      for given in [local.reports] :
      "buckets.input.events is ${jsonencode(given)}; allowed: one of ${join(", ", slice(local.rules.buckets.properties.input.properties.events.enum, 0, 2))}, or null."
      if !try(contains(["notification", "eventbridge"], given), false)
    ],
    [
      for prefixes in local.shared_prefixes :
      "buckets.input and buckets.output are s3://${local.places.input.name}/${local.places.input.prefix} and s3://${local.places.output.name}/${local.places.output.prefix}; allowed: prefixes of one bucket of which neither begins with the other, or an output would be an upload."
      if startswith(prefixes[1], prefixes[0])
    ],
    flatten([
      for setting, purpose in { uploads = "input", outputs = "output" } : [
        for name in local.places[purpose].name[*] :
        "${setting}.cors_origins is ${jsonencode(local.cors_given[setting])}; allowed: [] where buckets.${purpose}.name is given: the CORS rules of ${name} are its owner's."
        if length(local.cors_origins[setting]) > 0
      ]
    ]),
    [
      for days in [local.retention.work_days] :
      "retention.work_days is ${jsonencode(days)}; allowed: more than dlq_days (${jsonencode(local.retention.dlq_days)}), or a replay finds no pixels."
      if !try(days > local.retention.dlq_days, false)
    ],
    [
      for service, of_service in local.services :
      "services.${service}.max_receive_count is ${jsonencode(of_service.max_receive_count)}; allowed: fewer, or more retention.dlq_days (${jsonencode(local.retention.dlq_days)}), so that no message expires before that."
      if try(of_service.max_receive_count * (6 * of_service.timeout_seconds + of_service.batching_window_seconds) >= local.retention.dlq_days * 86400, false)
    ],
  )
}
