variable "name" {
  description = "The name of the pipeline."
  type        = string
}

variable "alias" {
  description = "The alias by which the key is found, such as alias/photos."
  type        = string

  validation {
    condition     = can(regex("^alias/[A-Za-z0-9/_-]{1,250}$", var.alias)) && !startswith(var.alias, "alias/aws/")
    error_message = "alias is ${var.alias}; allowed: alias/ and a name of a-z, A-Z, 0-9, /, - and _, which does not begin with aws/."
  }
}

variable "account" {
  description = "The AWS account of the key."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account))
    error_message = "account is ${var.account}; allowed: 12 digits."
  }
}

variable "region" {
  description = "The AWS region of the key, such as eu-west-1."
  type        = string

  validation {
    condition     = can(regex("^[a-z]{2,4}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region is ${var.region}; allowed: a region of AWS, such as eu-west-1."
  }
}

variable "input_bucket_arn" {
  description = "The ARN of the bucket whose events S3 sends to an encrypted queue."
  type        = string

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:s3:::", var.input_bucket_arn))
    error_message = "input_bucket_arn is ${var.input_bucket_arn}; allowed: the ARN of a bucket."
  }
}

variable "rule_arn" {
  description = "The ARN of the EventBridge rule that sends uploads to an encrypted queue in place of S3; null for none."
  type        = string
  default     = null

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:events:", var.rule_arn)) || var.rule_arn == null
    error_message = "rule_arn must be the ARN of an EventBridge rule, or null."
  }
}

variable "notices_arn" {
  description = "The ARN of the topic of notices."
  type        = string

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:sns:", var.notices_arn))
    error_message = "notices_arn is ${var.notices_arn}; allowed: the ARN of an SNS topic."
  }
}

variable "operators_arn" {
  description = "The ARN of the topic of alarms."
  type        = string

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:sns:", var.operators_arn))
    error_message = "operators_arn is ${var.operators_arn}; allowed: the ARN of an SNS topic."
  }
}

variable "log_group_arns" {
  description = "The ARNs of the log groups that the key encrypts."
  type        = list(string)

  validation {
    condition     = length(var.log_group_arns) > 0 && alltrue([for arn in var.log_group_arns : can(regex("^arn:aws[a-z-]*:logs:[^*]+$", arn))])
    error_message = "log_group_arns must be ARNs of log groups, without a wildcard."
  }
}
