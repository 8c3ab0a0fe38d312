variable "settings" {
  description = "All of pipeline.yaml, as yamldecode returns it."
  type        = any

  validation {
    condition     = can(regex(local.rules.name.pattern, var.settings.name))
    error_message = "name is ${try(jsonencode(var.settings.name), "not given")}; allowed: ${local.rules.name.patternErrorMessage}."
  }

  validation {
    condition     = length(setsubtract(keys(var.settings), keys(local.rules))) == 0
    error_message = "pipeline.yaml has ${join(", ", setsubtract(keys(var.settings), keys(local.rules)))}, which is not a setting; allowed: ${join(", ", keys(local.rules))}."
  }
}

variable "account" {
  description = "The AWS account of the pipeline."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account))
    error_message = "account is ${var.account}; allowed: 12 digits."
  }
}

variable "region" {
  description = "The AWS region of the pipeline, such as eu-west-1."
  type        = string

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region is ${var.region}; allowed: a region of AWS, such as eu-west-1."
  }
}

variable "kms_key_arn" {
  description = "The ARN of the customer's key, which the services may use; null for none."
  type        = string
  default     = null

  validation {
    condition     = try(can(regex("^arn:aws:kms:[a-z0-9-]+:[0-9]{12}:key/[0-9a-zA-Z-]+$", var.kms_key_arn)) || var.kms_key_arn == null, false)
    error_message = "kms_key_arn must be the ARN of a KMS key, such as arn:aws:kms:eu-west-1:123456789012:key/…, or null."
  }
}
