variable "name" {
  description = "The name of the bucket."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.name))
    error_message = "name is ${var.name}; allowed: 3 to 63 characters of a-z, 0-9 and -."
  }
}

variable "versioned" {
  description = "Whether the bucket keeps old versions of its objects."
  type        = bool
  default     = false
}

variable "cors_origins" {
  description = "The origins whose pages may upload from a browser, such as https://app.example.com; none by default."
  type        = set(string)
  default     = []

  validation {
    condition     = length(var.cors_origins) <= 100 && alltrue([for origin in var.cors_origins : can(regex("^(\\*|https?://[^/]+)$", origin))])
    error_message = "cors_origins is ${jsonencode(var.cors_origins)}; allowed: up to 100 origins, such as https://app.example.com, or *."
  }
}

variable "reading_cors_origins" {
  description = "The origins whose pages may read objects from a browser, such as https://app.example.com; none by default."
  type        = set(string)
  default     = []

  validation {
    condition     = length(var.reading_cors_origins) <= 100 && alltrue([for origin in var.reading_cors_origins : can(regex("^(\\*|https?://[^/]+)$", origin))])
    error_message = "reading_cors_origins is ${jsonencode(var.reading_cors_origins)}; allowed: up to 100 origins, such as https://app.example.com, or *."
  }
}

variable "lifecycle_rules" {
  description = "Rules for all objects, by ID: the days after which objects, their old versions, or incomplete multipart uploads are deleted; null for never."
  type = map(object({
    expire_days             = optional(number)
    expire_old_days         = optional(number)
    abort_multipart_in_days = optional(number)
  }))
  default = {}

  validation {
    condition = alltrue([
      for days in flatten([for rule in values(var.lifecycle_rules) : values(rule)]) :
      days == null || try(days >= 1 && days <= 3650 && floor(days) == days, false)
    ])
    error_message = "lifecycle_rules has an invalid number of days; allowed: a whole number from 1 to 3650, or null."
  }
}

variable "kms_key_arn" {
  description = "The ARN of the customer's key for encrypting objects; null for S3's own."
  type        = string
  default     = null

  validation {
    condition     = try(can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[0-9a-zA-Z-]+$", var.kms_key_arn)) || var.kms_key_arn == null, false)
    error_message = "kms_key_arn must be the ARN of a KMS key, such as arn:aws:kms:eu-west-1:123456789012:key/…, or null."
  }
}
