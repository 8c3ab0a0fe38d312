# The flow from left to right: uploads, a column per service (its queue, its function, its DLQ), stored images.
locals {
  columns = length(var.services) + 2
  width   = floor(24 / local.columns)

  # The first column gets the remainder of the division.
  left = [for column in range(local.columns) : column == 0 ? 0 : 24 - (local.columns - column) * local.width]

  rows = { work = 0, functions = 6, dead = 12 }

  queue_widgets = [
    for index, service in var.services : {
      row    = "work"
      column = index + 1
      title  = "Queue of ${service.name}"
      metrics = [
        ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", service.queue, { stat = "Maximum", label = "waiting" }],
        ["AWS/SQS", "ApproximateNumberOfMessagesNotVisible", "QueueName", service.queue, { stat = "Maximum", label = "in process" }],
        ["AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", service.queue, { stat = "Maximum", label = "oldest, seconds", yAxis = "right" }],
      ]
    }
  ]

  function_widgets = [
    for index, service in var.services : {
      row    = "functions"
      column = index + 1
      title  = "Function ${service.name}"
      metrics = [
        ["AWS/Lambda", "Duration", "FunctionName", service.function, { stat = "p50", label = "p50, ms" }],
        ["AWS/Lambda", "Duration", "FunctionName", service.function, { stat = "p99", label = "p99, ms" }],
        ["AWS/Lambda", "Errors", "FunctionName", service.function, { stat = "Sum", label = "errors", yAxis = "right" }],
        ["AWS/Lambda", "Throttles", "FunctionName", service.function, { stat = "Sum", label = "throttles", yAxis = "right" }],
      ]
    }
  ]

  dlq_widgets = [
    for index, service in var.services : {
      row    = "dead"
      column = index + 1
      title  = "DLQ of ${service.name}"
      metrics = [
        ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", service.dlq, { stat = "Maximum", label = "messages" }],
        [var.name, "MessagesRetried", "service", service.name, { stat = "Sum", label = "retried" }],
      ]
    }
  ]

  ends = [
    {
      row    = "work"
      column = 0
      title  = "Uploaded"
      metrics = [
        ["AWS/SQS", "NumberOfMessagesSent", "QueueName", local.first.queue, { stat = "Sum", label = "uploaded" }],
        [var.name, "OutputsReturned", "service", local.first.name, { stat = "Sum", label = "of which outputs" }],
      ]
    },
    {
      row     = "work"
      column  = local.columns - 1
      title   = "Stored"
      metrics = [[var.name, "ImagesDone", "service", local.last.name, { stat = "Sum", label = "stored" }]]
    },
    {
      row    = "functions"
      column = local.columns - 1
      title  = "Seconds per image"
      metrics = [
        for service in var.services : [var.name, "ServiceSeconds", "service", service.name, { stat = "p90", label = service.name }]
      ]
    },
    {
      row    = "dead"
      column = local.columns - 1
      title  = "Failed"
      metrics = [
        for service in var.services : [var.name, "ImagesFailed", "service", service.name, { stat = "Sum", label = service.name }]
      ]
    },
  ]

  widgets = [
    for widget in concat(local.ends, local.queue_widgets, local.function_widgets, local.dlq_widgets) : {
      type   = "metric"
      x      = local.left[widget.column]
      y      = local.rows[widget.row]
      width  = widget.column == 0 ? 24 - (local.columns - 1) * local.width : local.width
      height = 6
      properties = {
        title   = widget.title
        region  = var.region
        view    = "timeSeries"
        period  = 60
        metrics = widget.metrics
      }
    }
  ]

  alarms = {
    type       = "alarm"
    x          = 0
    y          = local.rows.functions
    width      = 24 - (local.columns - 1) * local.width
    height     = 12
    properties = { title = "Alarms", alarms = concat([for alarm in [aws_cloudwatch_metric_alarm.none_stored, aws_cloudwatch_metric_alarm.loop, aws_cloudwatch_metric_alarm.access_denied, aws_cloudwatch_metric_alarm.notices_failed] : alarm.arn], aws_cloudwatch_metric_alarm.events_failed[*].arn, var.alarm_arns) }
  }
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.name
  dashboard_body = jsonencode({ widgets = concat([local.alarms], local.widgets) })
}
