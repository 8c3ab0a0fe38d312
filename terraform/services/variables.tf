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

variable "service" {
  description = "The service to deploy: resize, watermark or store."
  type        = string

  validation {
    condition     = contains(["resize", "watermark", "store"], var.service)
    error_message = "service is ${var.service}; allowed: resize, watermark, store."
  }
}

variable "zip" {
  description = "The path of the service's zip; null for build/lambda/<service>.zip, which `make package` builds."
  type        = string
  default     = null
}

variable "release" {
  description = "The version of the pipeline that the zip was built from, as the function's description states it; null for none."
  type        = string
  default     = null

  validation {
    condition     = try(can(regex("^[0-9A-Za-z.+-]{1,60}$", var.release)) || var.release == null, false)
    error_message = "release must be a version, such as 1.0.0, or null."
  }
}
