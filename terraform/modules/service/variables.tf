variable "service" {
  description = "The service: resize, watermark or store."
  type        = string

  validation {
    condition     = contains(["resize", "watermark", "store"], var.service)
    error_message = "service is ${var.service}; allowed: resize, watermark, store."
  }
}

variable "name" {
  description = "The name of the function and its role, and the prefix of its alarms."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,56}$", var.name))
    error_message = "name is ${var.name}; allowed: 1 to 56 characters of a-z, A-Z, 0-9, - and _."
  }
}

variable "zip" {
  description = "The path of the service's zip, as `make package` builds it."
  type        = string

  validation {
    condition     = var.sha256 != null || fileexists(var.zip)
    error_message = "zip is ${var.zip}, which does not exist; build it with `make package`."
  }
}

variable "sha256" {
  description = "The SHA-256 of the zip in hexadecimal digits, where the zip is there only once it is applied; null to read the zip."
  type        = string
  default     = null

  validation {
    condition     = var.sha256 == null || can(regex("^[0-9a-f]{64}$", var.sha256))
    error_message = "sha256 is ${coalesce(var.sha256, "null")}; allowed: 64 digits of 0-9 and a-f, or null."
  }
}

variable "environment" {
  description = "The function's environment variables."
  type        = map(string)
}

variable "role_policy" {
  description = "What the function may do: an IAM policy document as JSON, without a statement for tracing."
  type        = string

  validation {
    condition     = can(jsondecode(var.role_policy).Statement)
    error_message = "role_policy must be an IAM policy document: JSON with Statement."
  }

  validation {
    condition = !try(anytrue([
      for statement in jsondecode(var.role_policy).Statement :
      statement.Effect == "Allow" && (
        # Only moderation and faces support no resource that they could name.
        (contains(flatten([statement.Resource]), "*") && !contains([jsonencode(["rekognition:DetectModerationLabels"]), jsonencode(["rekognition:DetectFaces"])], jsonencode(statement.Action)))
        || anytrue([for action in flatten([statement.Action]) : strcontains(action, "*")])
      )
    ]), false)
    error_message = "role_policy allows any action or any resource by a wildcard; allowed: actions by name, resources by ARN; for all resources only rekognition:DetectModerationLabels and rekognition:DetectFaces, each alone."
  }
}

variable "architecture" {
  description = "The function's processor: arm64 or x86_64. The zip must be built for it."
  type        = string

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "architecture is ${var.architecture}; allowed: arm64, x86_64."
  }
}

variable "runtime" {
  description = "The function's Python: python3.13, or python3.14, which needs version 6.20 or newer of the AWS provider. The zip must be built for it."
  type        = string
  default     = "python3.13"

  validation {
    condition     = contains(["python3.13", "python3.14"], var.runtime)
    error_message = "runtime is ${var.runtime}; allowed: python3.13, python3.14."
  }
}

variable "built_for" {
  description = "The architecture, the runtime and the extras that the zip is built for; null where nobody says."
  type = object({
    architecture = optional(string)
    runtime      = optional(string)
    extras       = optional(list(string))
  })
  default = {}
}

variable "extras" {
  description = "The formats whose codecs the zip must have besides those of every zip."
  type        = list(string)
  default     = []
}

variable "memory_mb" {
  description = "The function's memory in MiB; 1769 is one full vCPU."
  type        = number

  validation {
    condition     = var.memory_mb >= 128 && var.memory_mb <= 10240 && floor(var.memory_mb) == var.memory_mb
    error_message = "memory_mb is ${var.memory_mb}; allowed: a whole number from 128 to 10240."
  }
}

variable "timeout_seconds" {
  description = "How many seconds the function may take for a batch."
  type        = number

  validation {
    condition     = var.timeout_seconds >= 5 && var.timeout_seconds <= 900 && floor(var.timeout_seconds) == var.timeout_seconds
    error_message = "timeout_seconds is ${var.timeout_seconds}; allowed: a whole number from 5 to 900."
  }
}

variable "queue_arn" {
  description = "The ARN of the queue that the function processes."
  type        = string

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:sqs:", var.queue_arn))
    error_message = "queue_arn is ${var.queue_arn}; allowed: the ARN of an SQS queue."
  }
}

variable "batch_size" {
  description = "The maximum number of messages in a batch."
  type        = number

  validation {
    condition     = var.batch_size >= 1 && var.batch_size <= 10 && floor(var.batch_size) == var.batch_size
    error_message = "batch_size is ${var.batch_size}; allowed: a whole number from 1 to 10."
  }
}

variable "batching_window_seconds" {
  description = "How many seconds the mapping waits for a full batch."
  type        = number

  validation {
    condition     = var.batching_window_seconds >= 0 && var.batching_window_seconds <= 300 && floor(var.batching_window_seconds) == var.batching_window_seconds
    error_message = "batching_window_seconds is ${var.batching_window_seconds}; allowed: a whole number from 0 to 300."
  }
}

variable "maximum_concurrency" {
  description = "The maximum number of batches that are processed at once."
  type        = number

  validation {
    condition     = var.maximum_concurrency >= 2 && var.maximum_concurrency <= 1000 && floor(var.maximum_concurrency) == var.maximum_concurrency
    error_message = "maximum_concurrency is ${var.maximum_concurrency}; allowed: a whole number from 2 to 1000."
  }
}

variable "pollers" {
  description = "The pollers that Lambda keeps ready for the queue, at least and at most, in place of maximum_concurrency; null for none."
  type        = object({ minimum = number, maximum = number })
  default     = null

  # Lambda takes up to 10,000, and version 5.100 of the provider up to 2,000.
  # https://docs.aws.amazon.com/lambda/latest/api/API_ProvisionedPollerConfig.html
  validation {
    condition = var.pollers == null ? true : (
      var.pollers.minimum >= 2 && var.pollers.minimum <= 200 && floor(var.pollers.minimum) == var.pollers.minimum
      && var.pollers.maximum >= 2 && var.pollers.maximum <= 2000 && floor(var.pollers.maximum) == var.pollers.maximum
      && var.pollers.minimum <= var.pollers.maximum
    )
    error_message = "pollers is ${jsonencode(var.pollers)}; allowed: minimum from 2 to 200, maximum from there to 2000, whole numbers, or null."
  }
}

variable "logs_days" {
  description = "How many days the function's log is kept."
  type        = number

  # https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
  validation {
    condition = contains([
      1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
    ], var.logs_days)
    error_message = "logs_days is ${var.logs_days}; CloudWatch allows 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653."
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

variable "kms_key_arn" {
  description = "The ARN of the customer's key for encrypting the log and the environment; null for AWS's own."
  type        = string
  default     = null

  validation {
    condition     = try(can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[0-9a-zA-Z-]+$", var.kms_key_arn)) || var.kms_key_arn == null, false)
    error_message = "kms_key_arn must be the ARN of a KMS key, such as arn:aws:kms:eu-west-1:123456789012:key/…, or null."
  }
}

variable "permissions_boundary_arn" {
  description = "The ARN of the policy that the role cannot exceed, whatever it is granted; null for none."
  type        = string
  default     = null

  validation {
    condition     = try(can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:policy/", var.permissions_boundary_arn)) || var.permissions_boundary_arn == null, false)
    error_message = "permissions_boundary_arn must be the ARN of an IAM policy, such as arn:aws:iam::123456789012:policy/…, or null."
  }
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
