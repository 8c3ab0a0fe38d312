variable "name" {
  description = "The name of the queue; its dead-letter queue has the same name with -dlq appended."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,76}$", var.name))
    error_message = "name is ${var.name}; allowed: 1 to 76 characters of a-z, A-Z, 0-9, - and _."
  }
}

variable "account" {
  description = "The AWS account of the queue."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account))
    error_message = "account is ${var.account}; allowed: 12 digits."
  }
}

variable "region" {
  description = "The AWS region of the queue, such as eu-west-1."
  type        = string

  validation {
    condition     = can(regex("^[a-z]{2,4}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region is ${var.region}; allowed: a region of AWS, such as eu-west-1."
  }
}

variable "timeout_seconds" {
  description = "The timeout of the function that processes the queue."
  type        = number

  validation {
    condition     = var.timeout_seconds >= 5 && var.timeout_seconds <= 900 && floor(var.timeout_seconds) == var.timeout_seconds
    error_message = "timeout_seconds is ${var.timeout_seconds}; allowed: a whole number from 5 to 900."
  }
}

variable "batching_window_seconds" {
  description = "How many seconds the function's mapping waits for a full batch."
  type        = number

  validation {
    condition     = var.batching_window_seconds >= 0 && var.batching_window_seconds <= 300 && floor(var.batching_window_seconds) == var.batching_window_seconds
    error_message = "batching_window_seconds is ${var.batching_window_seconds}; allowed: a whole number from 0 to 300."
  }
}

variable "max_receive_count" {
  description = "How many times a message is received before SQS moves it to the dead-letter queue."
  type        = number

  validation {
    condition     = var.max_receive_count >= 6 && var.max_receive_count <= 1000 && floor(var.max_receive_count) == var.max_receive_count
    error_message = "max_receive_count is ${var.max_receive_count}; allowed: a whole number from 6 to 1000: five receives are reserved for reporting a function that died."
  }
}

variable "retention_days" {
  description = "How many days both queues keep a message."
  type        = number

  validation {
    condition     = var.retention_days >= 1 && var.retention_days <= 14 && floor(var.retention_days) == var.retention_days
    error_message = "retention_days is ${var.retention_days}; allowed: a whole number from 1 to 14."
  }
}

variable "events_of_bucket_arn" {
  description = "The ARN of the bucket whose events S3 may send to the queue; null for none."
  type        = string
  default     = null

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:s3:::", var.events_of_bucket_arn)) || var.events_of_bucket_arn == null
    error_message = "events_of_bucket_arn must be the ARN of a bucket, such as arn:aws:s3:::photos."
  }
}

variable "events_of_rule_arn" {
  description = "The ARN of the EventBridge rule that may send events to the queue, and to its dead-letter queue what it cannot send; null for none."
  type        = string
  default     = null

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:events:", var.events_of_rule_arn)) || var.events_of_rule_arn == null
    error_message = "events_of_rule_arn must be the ARN of an EventBridge rule, such as arn:aws:events:eu-west-1:123456789012:rule/photos-uploads."
  }
}

variable "kms_key_arn" {
  description = "The ARN of the customer's key for encrypting both queues; null for SQS's own."
  type        = string
  default     = null

  validation {
    condition     = try(can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[0-9a-zA-Z-]+$", var.kms_key_arn)) || var.kms_key_arn == null, false)
    error_message = "kms_key_arn must be the ARN of a KMS key, such as arn:aws:kms:eu-west-1:123456789012:key/…, or null."
  }
}

variable "alarm_topic_arn" {
  description = "The ARN of the topic that alarms go to."
  type        = string

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:sns:", var.alarm_topic_arn))
    error_message = "alarm_topic_arn is ${var.alarm_topic_arn}; allowed: the ARN of an SNS topic."
  }
}

variable "oldest_message_alarm_seconds" {
  description = "The age in seconds of the queue's oldest message at which operators are notified."
  type        = number
  default     = 900

  validation {
    condition     = var.oldest_message_alarm_seconds >= 60 && var.oldest_message_alarm_seconds <= 1209600
    error_message = "oldest_message_alarm_seconds is ${var.oldest_message_alarm_seconds}; allowed: 60 to 1209600, which is 14 days."
  }
}
