output "url" {
  description = "The URL of the queue."
  value       = aws_sqs_queue.this.url
}

output "arn" {
  description = "The ARN of the queue; known once the queue exists with its policy, so that S3 may send to it."
  value       = aws_sqs_queue.this.arn
}

output "dlq_url" {
  description = "The URL of the dead-letter queue."
  value       = aws_sqs_queue.dlq.url
}

output "dlq_arn" {
  description = "The ARN of the dead-letter queue."
  value       = aws_sqs_queue.dlq.arn
}

output "alarm_arns" {
  description = "The ARNs of the alarms on both queues."
  value       = [for alarm in [aws_cloudwatch_metric_alarm.dlq_depth, aws_cloudwatch_metric_alarm.dlq_age, aws_cloudwatch_metric_alarm.age] : alarm.arn]
}
