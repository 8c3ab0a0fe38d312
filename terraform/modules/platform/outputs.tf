output "buckets" {
  description = "The names of the buckets: input, work, output."
  value       = module.pipeline.buckets
}

output "queue_urls" {
  description = "The URL of each service's queue."
  value       = { for service, queue in module.queue : service => queue.url }
}

output "dlq_urls" {
  description = "The URL of each service's dead-letter queue."
  value       = { for service, queue in module.queue : service => queue.dlq_url }
}

output "upload" {
  description = "The command that uploads an image."
  value       = "aws s3 cp photo.jpg s3://${module.pipeline.buckets.input}/${module.pipeline.prefixes.input}"
}

output "collect" {
  description = "The command that fetches what was made."
  value       = "aws s3 cp --recursive s3://${module.pipeline.buckets.output}/${module.pipeline.prefixes.output} out/"
}

output "enable_events" {
  description = "What the owner of an existing input bucket has to do once, so that it sends its events to EventBridge; null where there is nothing to do."
  value = !module.pipeline.existing.input || module.pipeline.rule == null ? null : join("", [
    "Set eventbridge = true in the aws_s3_bucket_notification of ${module.pipeline.buckets.input}, or add \"EventBridgeConfiguration\": {} ",
    "to what aws s3api get-bucket-notification-configuration --bucket ${module.pipeline.buckets.input} prints, and put it back with put-bucket-notification-configuration.",
  ])
}

output "subscribe" {
  description = "The command that subscribes a mail address to notices of completion and failure."
  value       = "aws sns subscribe --topic-arn ${aws_sns_topic.notices.arn} --protocol email --notification-endpoint you@example.com"
}

output "subscribe_operator" {
  description = "The command that subscribes a mail address to alarms."
  value       = "aws sns subscribe --topic-arn ${aws_sns_topic.operators.arn} --protocol email --notification-endpoint you@example.com"
}

output "dashboard" {
  description = "The URL of the dashboard of the flow."
  value       = "https://${var.place.region}.${local.console}/cloudwatch/home?region=${var.place.region}#dashboards/dashboard/${module.watch.dashboard}"
}

output "ledger" {
  description = "The name of the table with a row per image."
  value       = aws_dynamodb_table.ledger.name
}

output "topic_arns" {
  description = "The ARNs of the topics: notices of completion and failure, and operators' alarms."
  value       = { notices = aws_sns_topic.notices.arn, operators = aws_sns_topic.operators.arn }
}

output "kms_key_arn" {
  description = "The ARN of the customer's key; null where AWS manages the keys. Uploading images needs kms:GenerateDataKey for it, and collecting them kms:Decrypt."
  value       = local.kms_key_arn
}
