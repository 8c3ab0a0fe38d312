output "name" {
  description = "The name of the pipeline: the prefix of all its resources."
  value       = local.name

  precondition {
    condition     = length(local.problems) == 0
    error_message = join("\n", local.problems)
  }
}

output "order" {
  description = "The services, in the order in which an image passes them."
  value       = local.order
}

output "encryption" {
  description = "Whose key encrypts everything: aws or customer."
  value       = local.encryption
}

output "permissions_boundary" {
  description = "The policy that no function's role can exceed, by its name and its ARN; null for none."
  value = one([
    for name in local.permissions_boundary[*] : { name = name, arn = "arn:${var.partition}:iam::${var.account}:policy/${name}" }
  ])
}

output "key_alias" {
  description = "The name of the customer's key, where there is one."
  value       = local.key_alias
}

output "state" {
  description = "Where Terraform keeps its state: local or s3."
  value       = local.state
}

output "state_bucket" {
  description = "The name of the bucket of Terraform's state, where state is s3."
  value       = local.state_bucket
}

output "extras" {
  description = "The formats whose codecs are in the zips of resize and watermark by choice alone."
  value       = local.extras
}

output "services" {
  description = "The settings of each service's function and queue, with defaults."
  value       = local.services
}

output "events" {
  description = "The events of which S3 notifies the first queue: uploads, and deletions where outputs follow them."
  # For lifecycle rules, only delete markers: their other deletions in a versioned bucket are of old versions. An existing
  # bucket may have no versions, and so no markers.
  # https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html
  value = concat(
    ["s3:ObjectCreated:*"],
    local.follow_deletes ? ["s3:LifecycleExpiration:${local.places.input.name == null ? "DeleteMarkerCreated" : "*"}", "s3:ObjectRemoved:*"] : [],
  )
}

output "event_pattern" {
  description = "The events that EventBridge sends to the first queue; null where S3 itself notifies it."
  # https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html
  value = local.reports != "eventbridge" ? null : jsonencode({
    source      = ["aws.s3"]
    detail-type = concat(["Object Created"], local.follow_deletes ? ["Object Deleted"] : [])
    detail = merge(
      { bucket = { name = [local.bucket_names.input] } },
      local.places.input.prefix == "" ? {} : { object = { key = [{ prefix = local.places.input.prefix }] } },
    )
  })
}

output "rule" {
  description = "The EventBridge rule that sends uploads to the first queue: its name and its ARN; null where S3 itself notifies it."
  value       = local.reports == "eventbridge" ? { name = local.rule, arn = local.rule_arn } : null
}

output "existing" {
  description = "Whether the bucket of each purpose exists already, so that the pipeline neither makes nor changes it."
  value       = { for purpose in ["input", "work", "output"] : purpose => try(local.places[purpose].name, null) != null }
}

output "prefixes" {
  description = "The beginning of the keys of uploads and of outputs; empty for all of the bucket."
  value       = { for purpose, place in local.places : purpose => place.prefix }
}

output "cors_origins" {
  description = "The origins whose pages may upload into the input bucket from a browser."
  value       = local.cors_origins.uploads
}

output "output_cors_origins" {
  description = "The origins whose pages may fetch outputs from a browser."
  value       = local.cors_origins.outputs
}

output "budget" {
  description = "The limit of the account's costs in a month, in dollars, and who gets an e-mail of it; null for none."
  value       = local.budget.monthly_dollars == null ? null : local.budget
}

output "retention" {
  description = "The retention times in days, with defaults."
  value       = local.retention
}

output "environments" {
  description = "The environment variables of each service's function."
  value       = local.environments
}

output "role_policies" {
  description = "What each service's function may do, as an IAM policy document."
  value       = local.role_policies
}

output "buckets" {
  description = "The names of the buckets: input, work, output."
  value       = local.bucket_names
}

output "bucket_arns" {
  description = "The ARNs of the buckets: input, work, output."
  value       = local.bucket_arns
}

output "functions" {
  description = "The name of each service's function, and of its role."
  value       = local.functions
}

output "queues" {
  description = "The name of each service's queue."
  value       = local.queues
}

output "queue_arns" {
  description = "The ARN of each service's queue."
  value       = local.queue_arns
}

output "dlqs" {
  description = "The name of each service's dead-letter queue."
  value       = local.dlqs
}

output "log_groups" {
  description = "The name of each service's log group."
  value       = local.log_groups
}

output "log_group_arns" {
  description = "The ARN of each service's log group."
  value       = local.log_group_arns
}

output "topic" {
  description = "The name of the topic of completion and failure notices."
  value       = local.topic
}

output "topic_arn" {
  description = "The ARN of the topic of completion and failure notices."
  value       = local.topic_arn
}

output "operators" {
  description = "The name of the topic of alarms."
  value       = local.operators
}

output "operators_arn" {
  description = "The ARN of the topic of alarms."
  value       = local.operators_arn
}

output "ledger" {
  description = "The name of the table with a row per image."
  value       = local.ledger
}
