variable "settings_file" {
  description = "The path of the settings; null for the repository's pipeline.yaml."
  type        = string
  default     = null

  validation {
    condition     = var.settings_file == null || can(yamldecode(file(var.settings_file)).name)
    error_message = "settings_file must be the path of a YAML file with a name in it."
  }
}

variable "tags" {
  description = "Tags of every resource, besides Pipeline and ManagedBy."
  type        = map(string)
  default     = {}

  validation {
    condition     = length(var.tags) <= 40 && alltrue([for key in keys(var.tags) : !startswith(lower(key), "aws:")])
    error_message = "tags must have at most 40 tags, none of which begins with aws:, which AWS reserves."
  }
}
