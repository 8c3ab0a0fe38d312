# Alarms on what no queue and no function sees alone: images that go in and do not come out, and outputs that go in
# again.
locals {
  first = var.services[0]
  last  = var.services[length(var.services) - 1]

  # With fewer images than this, a percentage means nothing.
  least_images = 10
}

# Images that fail are covered by the DLQ's own alarm. An image that is uploaded just before a period ends is stored in
# the next: two periods in a row show that none gets through. An image that waits in a queue for so long has an alarm
# too; this one is for those that went somewhere else. The test event that S3 sends when the notification is set counts
# as an upload, once.
resource "aws_cloudwatch_metric_alarm" "none_stored" {
  alarm_name          = "${var.name}-none-stored"
  alarm_description   = "Images are uploaded, but for ${2 * var.none_stored_minutes} minutes none was stored and none failed: follow one through the logs with the saved query ${var.name}/path of one image. Images that are deleted before they are read, rejected by moderation or superseded look the same. Runbook: docs/runbook/none-stored.md"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  evaluation_periods  = 2
  datapoints_to_alarm = 2
  treat_missing_data  = "notBreaching" # An unused pipeline reports no metrics.
  alarm_actions       = [var.alarm_topic_arn]
  ok_actions          = [var.alarm_topic_arn]

  metric_query {
    id          = "unaccounted"
    label       = "Uploaded, while none was stored or failed"
    expression  = "IF(FILL(uploaded, 0) > 0 AND (FILL(stored, 0) + ${join(" + ", [for service in var.services : "FILL(failed_${service.name}, 0)"])}) == 0, uploaded, 0)"
    return_data = true
  }

  metric_query {
    id = "uploaded"

    metric {
      namespace   = "AWS/SQS"
      metric_name = "NumberOfMessagesSent"
      dimensions  = { QueueName = local.first.queue }
      stat        = "Sum"
      period      = var.none_stored_minutes * 60
    }
  }

  metric_query {
    id = "stored"

    metric {
      namespace   = var.name
      metric_name = "ImagesDone"
      dimensions  = { service = local.last.name }
      stat        = "Sum"
      period      = var.none_stored_minutes * 60
    }
  }

  dynamic "metric_query" {
    for_each = toset(var.services[*].name)

    content {
      id = "failed_${metric_query.value}"

      metric {
        namespace   = var.name
        metric_name = "ImagesFailed"
        dimensions  = { service = metric_query.value }
        stat        = "Sum"
        period      = var.none_stored_minutes * 60
      }
    }
  }
}

# Where outputs find their way back into the input bucket, each one makes as many again, forever. The number of outputs
# per upload does not change, since the outputs are uploads too; what rises is the share of uploads that are outputs,
# which resize recognises by store's entry in their metadata. A service that sends to its own queue is not a loop: it
# cannot read its own messages, which go to the DLQ at once, and that has an alarm.
resource "aws_cloudwatch_metric_alarm" "loop" {
  alarm_name          = "${var.name}-loop"
  alarm_description   = "More than ${var.returned_percent} % of the images that are uploaded are outputs of a pipeline. Unless somebody uploads them on purpose, something copies them from the output bucket to the input bucket: stop it, or it never ends. Runbook: docs/runbook/loop.md"
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.returned_percent
  evaluation_periods  = 3
  datapoints_to_alarm = 3
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.alarm_topic_arn]
  ok_actions          = [var.alarm_topic_arn]

  metric_query {
    id          = "share"
    label       = "Uploads that are outputs, in percent"
    expression  = "IF(FILL(done, 0) >= ${local.least_images}, 100 * FILL(returned, 0) / done, 0)"
    return_data = true
  }

  metric_query {
    id = "done"

    metric {
      namespace   = var.name
      metric_name = "ImagesDone"
      dimensions  = { service = local.first.name }
      stat        = "Sum"
      period      = 300
    }
  }

  # The same function reports both at the same time, so a backlog cannot shift one against the other.
  metric_query {
    id = "returned"

    metric {
      namespace   = var.name
      metric_name = "OutputsReturned"
      dimensions  = { service = local.first.name }
      stat        = "Sum"
      period      = 300
    }
  }
}

# AWS refuses a call for lack of a permission. Each attempt counts, so that operators know before the first image has
# used up its attempts.
resource "aws_cloudwatch_metric_alarm" "access_denied" {
  alarm_name          = "${var.name}-access-denied"
  alarm_description   = "AWS refuses calls of a service for lack of a permission: a role, a bucket's policy, a scan of objects, or a key's policy. Images are retried, then fail as AccessDenied. Runbook: docs/runbook/access-denied.md"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching" # Reported only where there are any.
  alarm_actions       = [var.alarm_topic_arn]
  ok_actions          = [var.alarm_topic_arn]

  metric_query {
    id          = "denied"
    label       = "Attempts that AWS refused"
    expression  = join(" + ", [for service in var.services : "FILL(denied_${service.name}, 0)"])
    return_data = true
  }

  dynamic "metric_query" {
    for_each = toset(var.services[*].name)

    content {
      id = "denied_${metric_query.value}"

      metric {
        namespace   = var.name
        metric_name = "AccessDenied"
        dimensions  = { service = metric_query.value }
        stat        = "Sum"
        period      = 300
      }
    }
  }
}

# What a subscriber does not get: its queue's policy or key refuses SNS, or its function or page is gone. SNS reports it
# when it has given up. Mails are handed over, and so never counted.
# https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html
resource "aws_cloudwatch_metric_alarm" "notices_failed" {
  alarm_name          = "${var.name}-notices-failed"
  alarm_description   = "SNS has given up on deliveries to a subscriber of ${var.notices_topic}: its queue's policy, its key or its address is wrong. Runbook: docs/runbook/notices-failed.md"
  namespace           = "AWS/SNS"
  metric_name         = "NumberOfNotificationsFailed"
  dimensions          = { TopicName = var.notices_topic }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.alarm_topic_arn]
  ok_actions          = [var.alarm_topic_arn]
}

# Uploads that EventBridge cannot send to the first queue for a day go to its DLQ, which has alarms; where that fails as
# well, they are lost. Both metrics are reported only where there are any.
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
resource "aws_cloudwatch_metric_alarm" "events_failed" {
  count = var.rule == null ? 0 : 1

  alarm_name          = "${var.name}-events-failed"
  alarm_description   = "EventBridge cannot send uploads to ${local.first.queue}: the queue's policy or its key refuses the rule ${var.rule}. Runbook: docs/runbook/events-failed.md"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.alarm_topic_arn]
  ok_actions          = [var.alarm_topic_arn]

  metric_query {
    id          = "failed"
    label       = "Uploads that were not sent"
    expression  = "FILL(given_up, 0) + FILL(lost, 0)"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = { given_up = "FailedInvocations", lost = "InvocationsFailedToBeSentToDlq" }

    content {
      id = metric_query.key

      metric {
        namespace   = "AWS/Events"
        metric_name = metric_query.value
        dimensions  = { RuleName = var.rule }
        stat        = "Sum"
        period      = 300
      }
    }
  }
}
