# How outputs are called and what is written beside them: as services/store/settings.py has it.
module "output" {
  source = "../section"
  path   = "output"
  values = try(var.settings.output, {})

  rules = {
    key           = { kind = "text", longest = 500 }
    cache_control = { kind = "text", longest = 500, nullable = true }
    metadata      = { kind = "boolean" }
    tags          = { kind = "boolean" }
  }
}

locals {
  key_fields = ["dir", "stem", "rendition", "page", "ext", "image_id"]
  key        = try(regex("(?s).*", var.settings.output.key), "{dir}{stem}-{rendition}{ext}")

  # Doubled braces stand for one; what is left of a brace alone belongs to no field.
  key_tokens   = regexall("\\{\\{|\\}\\}|\\{[^{}]*\\}|[{}]", local.key)
  fields_given = [for token in local.key_tokens : trim(token, "{}") if length(token) > 1 && !contains(["{{", "}}"], token)]

  output_problems = concat(
    module.output.problems,
    [
      for key in [local.key] :
      "output.key is ${jsonencode(key)}; allowed: fields ${join(", ", [for field in local.key_fields : "{${field}}"])}."
      if length(setsubtract(local.fields_given, local.key_fields)) > 0 || anytrue([for token in local.key_tokens : length(token) == 1])
    ],
    [
      for key in [local.key] :
      "output.key is ${jsonencode(key)}; allowed: a template with {rendition} and one of {stem}, {image_id}, or outputs would collide."
      if !contains(local.fields_given, "rendition") || length(setintersection(local.fields_given, ["stem", "image_id"])) == 0
    ],
    [
      for key in [local.key] :
      "pages is \"all\" and output.key is ${jsonencode(key)}; allowed: an output.key with {page}."
      if try(var.settings.pages == "all", false) && !contains(local.fields_given, "page")
    ],
    [
      for text in [try(tostring(var.settings.output.cache_control), null)] :
      "output.cache_control is ${jsonencode(text)}; allowed: printable ASCII."
      if text != null && !can(regex("^[ -~]*$", text))
    ],
  )
}
