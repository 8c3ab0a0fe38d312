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
