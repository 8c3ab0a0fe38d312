output "buckets" {
  description = "The names of the buckets: input, work, output."
  value       = module.platform.buckets
}

output "queue_urls" {
  description = "The URL of each service's queue."
  value       = module.platform.queue_urls
}

output "dlq_urls" {
  description = "The URL of each service's dead-letter queue."
  value       = module.platform.dlq_urls
}

output "upload" {
  description = "The command that uploads an image."
  value       = module.platform.upload
}

output "collect" {
  description = "The command that fetches what was made."
  value       = module.platform.collect
}

output "enable_events" {
  description = "What the owner of an existing input bucket has to do once, so that it sends its events to EventBridge; null where there is nothing to do."
  value       = module.platform.enable_events
}

output "subscribe" {
  description = "The command that subscribes a mail address to notices of completion and failure."
  value       = module.platform.subscribe
}

output "subscribe_operator" {
  description = "The command that subscribes a mail address to alarms."
  value       = module.platform.subscribe_operator
}

output "dashboard" {
  description = "The URL of the dashboard of the flow."
  value       = module.platform.dashboard
}

output "ledger" {
  description = "The name of the table with a row per image."
  value       = module.platform.ledger
}

output "topic_arns" {
  description = "The ARNs of the topics: notices of completion and failure, and operators' alarms."
  value       = module.platform.topic_arns
}

output "kms_key_arn" {
  description = "The ARN of the customer's key; null where AWS manages the keys. Uploading images needs kms:GenerateDataKey for it, and collecting them kms:Decrypt."
  value       = module.platform.kms_key_arn
}
