variable "name" {
  description = "The name of the pipeline: the prefix of all its resources. Null for the name in settings or settings_file."
  type        = string
  default     = null
}

variable "settings" {
  description = "Settings as in pipeline.yaml. A section here replaces the same section of settings_file."
  type        = any
  default     = {}

  validation {
    condition     = can(keys(var.settings))
    error_message = "settings is ${jsonencode(var.settings)}; it must be a mapping of settings."
  }
}

variable "settings_file" {
  description = "The path of a pipeline.yaml; null for none."
  type        = string
  default     = null

  validation {
    condition     = var.settings_file == null || can(keys(yamldecode(file(var.settings_file))))
    error_message = "settings_file must be the path of a YAML file with a mapping of settings in it."
  }
}

variable "zips" {
  description = "The zip of each service (resize, watermark, store): its path, or its URL with its SHA-256 in hexadecimal digits. The release is the version that it was built from. The architecture and the runtime that it was built for must be the service's; a zip that is given by its URL is taken for arm64 and python3.13 where they are not given. The extras are those that it was built with; a zip of a URL is taken for one without."
  type = map(object({
    path         = optional(string)
    url          = optional(string)
    sha256       = optional(string)
    release      = optional(string)
    architecture = optional(string)
    runtime      = optional(string)
    extras       = optional(list(string))
  }))

  validation {
    condition     = toset(keys(var.zips)) == toset(["resize", "watermark", "store"])
    error_message = "zips has ${join(", ", keys(var.zips))}; it must have resize, store and watermark."
  }

  validation {
    condition     = alltrue([for zip in values(var.zips) : (zip.path == null) != (zip.url == null)])
    error_message = "Each of zips must have either a path or a url."
  }

  validation {
    condition = alltrue([
      for zip in values(var.zips) :
      zip.url == null ? true : can(regex("^(https|file)://", zip.url)) && can(regex("^[0-9a-f]{64}$", zip.sha256))
    ])
    error_message = "A url of zips must begin with https:// or file://, and needs the sha256 of the zip: 64 digits of 0-9 and a-f."
  }
}
