# Alarms on the queue and on the dead-letter queue behind it.
resource "aws_cloudwatch_metric_alarm" "dlq_depth" {
  alarm_name          = "${aws_sqs_queue.dlq.name}-depth"
  alarm_description   = "${aws_sqs_queue.dlq.name} has messages: see why with `pipeline dlq ls`, then replay or purge them. Runbook: docs/runbook/dlq-depth.md"
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = aws_sqs_queue.dlq.name }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching" # SQS reports no metrics of a queue that was not used for six hours.
  alarm_actions       = [var.alarm_topic_arn]
  ok_actions          = [var.alarm_topic_arn]
}

# By depth, since the metric of age leaves out each message that was received three times, and to look at a message is to
# receive it. An alarm looks back seven days at most, which are half of the longest retention.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
resource "aws_cloudwatch_metric_alarm" "dlq_age" {
  alarm_name          = "${aws_sqs_queue.dlq.name}-age"
  alarm_description   = "${aws_sqs_queue.dlq.name} has not been empty for half of the ${var.retention_days} days in which a message can be replayed. Runbook: docs/runbook/dlq-age.md"
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = aws_sqs_queue.dlq.name }
  statistic           = "Maximum"
  period              = 3600
  evaluation_periods  = local.retention_seconds / 2 / 3600
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.alarm_topic_arn]
  ok_actions          = [var.alarm_topic_arn]
}

resource "aws_cloudwatch_metric_alarm" "age" {
  alarm_name          = "${aws_sqs_queue.this.name}-age"
  alarm_description   = "A message has waited in ${aws_sqs_queue.this.name} for more than ${var.oldest_message_alarm_seconds} seconds. Runbook: docs/runbook/age.md"
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateAgeOfOldestMessage"
  dimensions          = { QueueName = aws_sqs_queue.this.name }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 5
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.oldest_message_alarm_seconds
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.alarm_topic_arn]
  ok_actions          = [var.alarm_topic_arn]
}
