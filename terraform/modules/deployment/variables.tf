variable "settings" {
  description = "All of pipeline.yaml, as yamldecode returns it."
  type        = any
}

variable "place" {
  description = "Where the pipeline is: the AWS account, the region, its partition (aws, aws-cn, aws-us-gov), and the DNS suffix of AWS there."
  type = object({
    account    = string
    region     = string
    partition  = string
    dns_suffix = string
  })
}

variable "service" {
  description = "The service: resize, watermark or store."
  type        = string
}

variable "zip" {
  description = "The path of the service's zip. The SHA-256, in hexadecimal digits, is for a zip that is there only once it is applied. The release is the version that it was built from. Where the architecture, the runtime or the extras that it was built for are given, they must be the service's."
  type = object({
    path         = string
    sha256       = optional(string)
    release      = optional(string)
    architecture = optional(string)
    runtime      = optional(string)
    extras       = optional(list(string))
  })
}

variable "kms_key_arn" {
  description = "The ARN of the customer's key; null for AWS's own."
  type        = string
  default     = null
}
