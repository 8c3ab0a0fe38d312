# The dashboard, the queries and the alarms. That the metrics and fields are those of the services is tested by
# tests/terraform/test_watch.py.
mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name            = "photos"
  region          = "eu-west-1"
  alarm_topic_arn = "arn:aws:sns:eu-west-1:123456789012:photos-operators"
  notices_topic   = "photos-notices"
  alarm_arns      = ["arn:aws:cloudwatch:eu-west-1:123456789012:alarm:photos-resize-age"]
  services = [
    for service in ["resize", "watermark", "store"] : {
      name      = service
      queue     = "photos-${service}"
      dlq       = "photos-${service}-dlq"
      function  = "photos-${service}"
      log_group = "/aws/lambda/photos-${service}"
    }
  ]
}

run "operators_are_notified_when_no_upload_is_stored" {
  module {
    source = "./modules/watch"
  }

  assert {
    condition = (
      one([for query in aws_cloudwatch_metric_alarm.none_stored.metric_query : query.expression if query.id == "unaccounted"])
      == "IF(FILL(uploaded, 0) > 0 AND (FILL(stored, 0) + FILL(failed_resize, 0) + FILL(failed_watermark, 0) + FILL(failed_store, 0)) == 0, uploaded, 0)"
    )
    error_message = "the alarm measures something else"
  }

  assert {
    condition = {
      for query in aws_cloudwatch_metric_alarm.none_stored.metric_query :
      query.id => [one(query.metric).metric_name, one(query.metric).period, values(one(query.metric).dimensions)[0]] if length(query.metric) > 0
      } == {
      uploaded         = ["NumberOfMessagesSent", 900, "photos-resize"]
      stored           = ["ImagesDone", 900, "store"]
      failed_resize    = ["ImagesFailed", 900, "resize"]
      failed_watermark = ["ImagesFailed", 900, "watermark"]
      failed_store     = ["ImagesFailed", 900, "store"]
    }
    error_message = "the alarm looks at other metrics"
  }

  assert {
    condition = (
      aws_cloudwatch_metric_alarm.none_stored.evaluation_periods == 2
      && aws_cloudwatch_metric_alarm.none_stored.datapoints_to_alarm == 2
    )
    error_message = "an image that is stored in the next period would raise the alarm"
  }
}

run "operators_are_notified_of_notices_that_a_subscriber_does_not_get" {
  module {
    source = "./modules/watch"
  }

  assert {
    condition = (
      aws_cloudwatch_metric_alarm.notices_failed.metric_name == "NumberOfNotificationsFailed"
      && aws_cloudwatch_metric_alarm.notices_failed.dimensions == tomap({ TopicName = "photos-notices" })
      && aws_cloudwatch_metric_alarm.notices_failed.threshold == 0
      && aws_cloudwatch_metric_alarm.notices_failed.alarm_actions == toset([var.alarm_topic_arn])
    )
    error_message = "the alarm looks at another topic or metric"
  }

  assert {
    condition     = length(aws_cloudwatch_metric_alarm.events_failed) == 0
    error_message = "there is an alarm on EventBridge, which sends nothing here"
  }
}

run "operators_are_notified_of_uploads_that_eventbridge_cannot_send" {
  module {
    source = "./modules/watch"
  }

  variables {
    rule = "photos-uploads"
  }

  assert {
    condition = {
      for query in aws_cloudwatch_metric_alarm.events_failed[0].metric_query :
      query.id => [one(query.metric).namespace, one(query.metric).metric_name, one(query.metric).dimensions.RuleName] if length(query.metric) > 0
      } == {
      given_up = ["AWS/Events", "FailedInvocations", "photos-uploads"]
      lost     = ["AWS/Events", "InvocationsFailedToBeSentToDlq", "photos-uploads"]
    }
    error_message = "the alarm looks at other metrics"
  }

  assert {
    condition     = strcontains(aws_cloudwatch_dashboard.this.dashboard_body, aws_cloudwatch_metric_alarm.events_failed[0].arn)
    error_message = "the dashboard does not show the alarm"
  }
}

run "operators_are_notified_of_outputs_that_are_uploaded_again" {
  module {
    source = "./modules/watch"
  }

  assert {
    condition = (
      one([for query in aws_cloudwatch_metric_alarm.loop.metric_query : query.expression if query.id == "share"])
      == "IF(FILL(done, 0) >= 10, 100 * FILL(returned, 0) / done, 0)"
      && aws_cloudwatch_metric_alarm.loop.threshold == 50
    )
    error_message = "the alarm measures something else"
  }

  assert {
    condition = {
      for query in aws_cloudwatch_metric_alarm.loop.metric_query :
      query.id => [one(query.metric).metric_name, one(query.metric).dimensions.service] if length(query.metric) > 0
    } == { done = ["ImagesDone", "resize"], returned = ["OutputsReturned", "resize"] }
    error_message = "the alarm looks at other metrics"
  }
}

run "both_alarms_report_their_end_and_stay_quiet_without_data" {
  module {
    source = "./modules/watch"
  }

  assert {
    condition = alltrue([
      for alarm in [aws_cloudwatch_metric_alarm.none_stored, aws_cloudwatch_metric_alarm.loop] :
      alarm.alarm_actions == toset([var.alarm_topic_arn]) && alarm.ok_actions == toset([var.alarm_topic_arn])
      && alarm.treat_missing_data == "notBreaching" && length(alarm.alarm_description) <= 1024
    ])
    error_message = "an alarm notifies another topic, or alarms without data"
  }
}

run "the_dashboard_runs_from_left_to_right_and_nothing_overlaps" {
  module {
    source = "./modules/watch"
  }

  assert {
    condition = [
      for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : widget.properties.title if widget.y == 0
    ] == ["Uploaded", "Stored", "Queue of resize", "Queue of watermark", "Queue of store"]
    error_message = "the first row shows something else"
  }

  assert {
    condition = {
      for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : widget.properties.title => [widget.x, widget.width] if widget.y == 0
      } == {
      "Uploaded"           = [0, 8]
      "Queue of resize"    = [8, 4]
      "Queue of watermark" = [12, 4]
      "Queue of store"     = [16, 4]
      "Stored"             = [20, 4]
    }
    error_message = "the columns are elsewhere"
  }

  assert {
    condition = length(jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets) == length(distinct([
      for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : [widget.x, widget.y]
    ]))
    error_message = "a widget overlaps another"
  }
}

run "the_queries_cover_all_three_logs" {
  module {
    source = "./modules/watch"
  }

  assert {
    condition = alltrue([
      for query in values(aws_cloudwatch_query_definition.this) :
      startswith(query.name, "photos/")
      && query.log_group_names == tolist(["/aws/lambda/photos-resize", "/aws/lambda/photos-watermark", "/aws/lambda/photos-store"])
    ])
    error_message = "a query omits a log"
  }

  assert {
    condition     = keys(aws_cloudwatch_query_definition.this) == ["cold starts", "failures by reason", "path of one image", "retries", "slowest images"]
    error_message = "a query is missing"
  }
}

run "a_bad_value_is_refused" {
  command = plan

  module {
    source = "./modules/watch"
  }

  variables {
    name                = "Photos"
    region              = "Ireland"
    alarm_topic_arn     = "photos-operators"
    alarm_arns          = [for n in range(91) : "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:photos-${n}"]
    none_stored_minutes = 7
    returned_percent    = 100
  }

  expect_failures = [
    var.name,
    var.region,
    var.alarm_topic_arn,
    var.alarm_arns,
    var.none_stored_minutes,
    var.returned_percent,
  ]
}

run "a_dashboard_without_a_service_is_refused" {
  command = plan

  module {
    source = "./modules/watch"
  }

  variables {
    services = []
  }

  expect_failures = [var.services]
}
