# Alarms on the function.
resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = {
    Errors    = "The function ${var.name} raised, died or ran out of time."
    Throttles = "Lambda throttles the function ${var.name}: the account's concurrency is used up."
  }

  alarm_name          = "${var.name}-${lower(each.key)}"
  alarm_description   = "${each.value} Runbook: docs/runbook/${lower(each.key)}.md"
  namespace           = "AWS/Lambda"
  metric_name         = each.key
  dimensions          = { FunctionName = aws_lambda_function.this.function_name }
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching" # A function that is not invoked reports no metrics.
  alarm_actions       = [var.alarm_topic_arn]
  ok_actions          = [var.alarm_topic_arn]
}
