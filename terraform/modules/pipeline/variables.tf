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
    condition     = can(regex("^[a-z]{2,4}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region is ${var.region}; allowed: a region of AWS, such as eu-west-1."
  }
}

variable "partition" {
  description = "The partition of the region: aws, aws-cn in China, or aws-us-gov in GovCloud."
  type        = string

  validation {
    condition     = can(regex("^aws(-[a-z]+)*$", var.partition))
    error_message = "partition is ${var.partition}; allowed: aws, aws-cn, aws-us-gov and the like."
  }
}

variable "dns_suffix" {
  description = "The DNS suffix of AWS in the partition, such as amazonaws.com."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9-]+([.][a-z0-9-]+)+$", var.dns_suffix))
    error_message = "dns_suffix is ${var.dns_suffix}; allowed: a domain, such as amazonaws.com."
  }
}

variable "kms_key_arn" {
  description = "The ARN of the customer's key, which the services may use; null for none."
  type        = string
  default     = null

  validation {
    condition     = try(can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[0-9a-zA-Z-]+$", var.kms_key_arn)) || var.kms_key_arn == null, false)
    error_message = "kms_key_arn must be the ARN of a KMS key, such as arn:aws:kms:eu-west-1:123456789012:key/…, or null."
  }
}
