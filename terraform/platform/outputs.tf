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

output "drop" {
  description = "The command that drops an image."
  value       = "aws s3 cp photo.jpg s3://${module.input.id}/"
}

output "collect" {
  description = "The command that fetches what was made."
  value       = "aws s3 cp --recursive s3://${module.output.id}/ out/"
}

output "subscribe" {
  description = "The command that has notices of completion and failure mailed."
  value       = "aws sns subscribe --topic-arn ${aws_sns_topic.notices.arn} --protocol email --notification-endpoint you@example.com"
}

output "subscribe_operator" {
  description = "The command that has alarms mailed."
  value       = "aws sns subscribe --topic-arn ${aws_sns_topic.operators.arn} --protocol email --notification-endpoint you@example.com"
}
