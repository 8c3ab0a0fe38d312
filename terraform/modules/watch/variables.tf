variable "name" {
  description = "The name of the pipeline: the namespace of its metrics, and the prefix of all names here."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,22}[a-z0-9]$", var.name))
    error_message = "name is ${var.name}; allowed: 2 to 24 characters of a-z, 0-9 and -, beginning with a-z."
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

variable "services" {
  description = "The services in the order in which an image passes them, each with the names of its queues, function and log group."
  type = list(object({
    name      = string
    queue     = string
    dlq       = string
    function  = string
    log_group = string
  }))

  validation {
    condition     = length(var.services) >= 1 && length(var.services) <= 5
    error_message = "services has ${length(var.services)} services; allowed: 1 to 5, for which the dashboard has room."
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

variable "notices_topic" {
  description = "The name of the topic of notices, whose failed deliveries are watched."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,256}$", var.notices_topic))
    error_message = "notices_topic is ${var.notices_topic}; allowed: the name of an SNS topic."
  }
}

variable "rule" {
  description = "The name of the EventBridge rule that sends uploads to the first queue; null where S3 sends them itself."
  type        = string
  default     = null

  validation {
    condition     = can(regex("^[A-Za-z0-9._-]{1,64}$", var.rule)) || var.rule == null
    error_message = "rule must be the name of an EventBridge rule, or null."
  }
}

variable "alarm_arns" {
  description = "The ARNs of other alarms that the dashboard shows."
  type        = list(string)
  default     = []

  validation {
    condition     = length(var.alarm_arns) <= 90
    error_message = "alarm_arns has ${length(var.alarm_arns)}; allowed: 90, as the dashboard shows 100 in all."
  }
}

variable "none_stored_minutes" {
  description = "The minutes of a period; operators are notified if images are uploaded and none is stored in two periods in a row."
  type        = number
  default     = 15

  validation {
    condition     = contains([5, 10, 15, 20, 30, 60], var.none_stored_minutes)
    error_message = "none_stored_minutes is ${var.none_stored_minutes}; allowed: 5, 10, 15, 20, 30, 60."
  }
}

variable "returned_percent" {
  description = "The percentage of uploads that are outputs of a pipeline above which operators are notified of a loop."
  type        = number
  default     = 50

  validation {
    condition     = var.returned_percent >= 1 && var.returned_percent <= 99
    error_message = "returned_percent is ${var.returned_percent}; allowed: 1 to 99."
  }
}
