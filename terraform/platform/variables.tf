variable "settings_file" {
  description = "The path of the settings; null for the repository's pipeline.yaml."
  type        = string
  default     = null

  validation {
    condition     = var.settings_file == null || can(yamldecode(file(var.settings_file)).name)
    error_message = "settings_file is not YAML file with a name in it."
  }
}

variable "tags" {
  description = "Tags of every resource, beside Pipeline and ManagedBy."
  type        = map(string)
  default     = {}

  validation {
    condition     = length(var.tags) <= 40 && alltrue([for key in keys(var.tags) : !startswith(lower(key), "aws:")])
    error_message = "tags has more than 40, or one that begins with aws:, which AWS keeps for itself."
  }
}
