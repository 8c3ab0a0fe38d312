variable "path" {
  description = "What the mapping is called in errors, such as limits or profiles[0].watermark; empty for the whole file."
  type        = string
}

variable "values" {
  description = "The mapping as it was written. Other types are refused with a problem, not with an error."
  type        = any
}

variable "rules" {
  description = "The settings that there are, and what each may be: a whole number or a number from low to high, one of the words (choice), a list of some of the words (list), true or false (boolean), a text of 1 to longest characters, or anything, which others check."
  type = map(object({
    kind     = string
    low      = optional(number)
    high     = optional(number)
    words    = optional(list(string))
    longest  = optional(number)
    required = optional(bool, false)
    nullable = optional(bool, false)
  }))

  validation {
    condition = alltrue([
      for rule in values(var.rules) : contains(["whole", "number", "choice", "list", "boolean", "text", "anything"], rule.kind)
    ])
    error_message = "rules has a kind that is none; allowed: whole, number, choice, list, boolean, text, anything."
  }
}
