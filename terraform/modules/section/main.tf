# One mapping of settings, checked: as shared/settings.py does it, but with all its problems at once.
locals {
  # Of a null, keys() makes an error too.
  is_mapping = can(keys(var.values))
  given      = { for name in try(keys(var.values), []) : name => var.values[name] }

  prefix = var.path == "" ? "" : "${var.path}."

  allowed = {
    for name, rule in var.rules : name => {
      whole    = try("a whole number from ${rule.low} to ${rule.high}", "")
      number   = try("a number from ${rule.low} to ${rule.high}", "")
      choice   = try("one of ${join(", ", rule.words)}", "")
      list     = try("a list of some of ${join(", ", rule.words)}", "")
      boolean  = "true or false"
      text     = try("a text of 1 to ${rule.longest} characters", "")
      anything = ""
    }[rule.kind]
  }

  # jsonencode reports apart a number from a text that looks like one. A dot is a character, where length() counts what
  # people take for one.
  written = { for name, value in local.given : name => jsonencode(value) }
  right = {
    for name, rule in var.rules : name => {
      whole = try(
        can(regex("^-?[0-9]+$", local.written[name]))
        && local.given[name] >= rule.low && local.given[name] <= rule.high,
        false
      )
      number = try(
        can(regex("^-?[0-9]", local.written[name]))
        && local.given[name] >= rule.low && local.given[name] <= rule.high,
        false
      )
      choice = try(startswith(local.written[name], "\"") && contains(rule.words, local.given[name]), false)
      list = try(
        startswith(local.written[name], "[")
        && alltrue([for word in local.given[name] : startswith(jsonencode(word), "\"") && contains(rule.words, word)]),
        false
      )
      boolean = try(contains(["true", "false"], local.written[name]), false)
      text = try(
        startswith(local.written[name], "\"")
        && local.given[name] != "" && length(regexall("(?s).", local.given[name])) <= rule.longest,
        false
      )
      anything = true
    }[rule.kind]
    if contains(keys(local.given), name)
  }

  problems = concat(
    local.is_mapping ? [] : ["${var.path} is ${jsonencode(var.values)}; it must be a mapping of settings."],
    [
      for name, right in local.right :
      "${local.prefix}${name} is ${local.written[name]}; allowed: ${local.allowed[name]}."
      if !right && !(var.rules[name].nullable && local.written[name] == "null")
    ],
    [
      for name, rule in var.rules : "${local.prefix}${name} is not given; allowed: ${local.allowed[name]}."
      if rule.required && local.is_mapping && !contains(keys(local.given), name)
    ],
    [
      for name in keys(local.given) :
      "${local.prefix}${name} is not a setting; allowed: ${join(", ", sort(keys(var.rules)))}."
      if !contains(keys(var.rules), name)
    ],
  )
}
