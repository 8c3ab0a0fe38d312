variable "settings" {
  description = "All of pipeline.yaml, as yamldecode gives it."
  type        = any

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,22}[a-z0-9]$", var.settings.name))
    error_message = "name is ${try(jsonencode(var.settings.name), "not given")}; allowed: 2 to 24 a to z, digits and hyphens, beginning with a to z."
  }

  validation {
    condition = length(setsubtract(keys(var.settings), [
      "name", "encryption", "permissions_boundary", "state", "renditions", "watermark", "metadata", "pages", "overrides", "profiles", "limits",
      "formats", "moderation", "output", "services", "retention"
    ])) == 0
    error_message = "pipeline.yaml has a section that is none; allowed: name, encryption, permissions_boundary, state, renditions, watermark, metadata, pages, overrides, profiles, limits, formats, moderation, output, services, retention."
  }

  validation {
    condition = !can(var.settings.services) || try(length(setsubtract(
      keys(var.settings.services), ["resize", "watermark", "store"]
    )) == 0, false)
    error_message = "services has a service that is none; allowed: resize, watermark, store."
  }
}

variable "account" {
  description = "The AWS account that the pipeline stands in."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account))
    error_message = "account is ${var.account}; allowed: 12 digits."
  }
}

variable "region" {
  description = "The AWS region that the pipeline stands in, such as eu-west-1."
  type        = string

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region is ${var.region}; allowed: a region of AWS, such as eu-west-1."
  }
}

variable "kms_key_arn" {
  description = "The ARN of the customer's key, which the services get the right to use; null for none."
  type        = string
  default     = null

  validation {
    condition     = try(can(regex("^arn:aws:kms:[a-z0-9-]+:[0-9]{12}:key/[0-9a-zA-Z-]+$", var.kms_key_arn)) || var.kms_key_arn == null, false)
    error_message = "kms_key_arn must be the ARN of a KMS key, such as arn:aws:kms:eu-west-1:123456789012:key/…, or null."
  }
}
