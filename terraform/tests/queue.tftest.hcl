# The rules of a queue and the dead-letter queue behind it.
mock_provider "aws" {
  source = "./tests/mocks"

  override_resource {
    target = aws_sqs_queue.dlq
    values = { arn = "arn:aws:sqs:eu-west-1:123456789012:photos-resize-dlq" }
  }
}

variables {
  name                    = "photos-resize"
  account                 = "123456789012"
  region                  = "eu-west-1"
  timeout_seconds         = 60
  batching_window_seconds = 5
  max_receive_count       = 10
  retention_days          = 14
  alarm_topic_arn         = "arn:aws:sns:eu-west-1:123456789012:photos-operators"
}

run "a_message_is_hidden_for_six_timeouts_and_the_window" {
  module {
    source = "./modules/queue"
  }

  assert {
    condition     = aws_sqs_queue.this.visibility_timeout_seconds == 365
    error_message = "the visibility timeout must be 6 x 60 + 5 = 365 seconds"
  }
}

run "a_message_received_too_often_goes_only_to_the_dlq_of_this_queue" {
  module {
    source = "./modules/queue"
  }

  assert {
    condition = jsondecode(aws_sqs_queue.this.redrive_policy) == {
      deadLetterTargetArn = "arn:aws:sqs:eu-west-1:123456789012:photos-resize-dlq"
      maxReceiveCount     = 10
    }
    error_message = "the redrive policy names another queue or count"
  }

  assert {
    condition = jsondecode(aws_sqs_queue.dlq.redrive_allow_policy) == {
      redrivePermission = "byQueue"
      sourceQueueArns   = ["arn:aws:sqs:eu-west-1:123456789012:photos-resize"]
    }
    error_message = "other queues may use the DLQ"
  }

  assert {
    condition     = aws_sqs_queue.dlq.name == "photos-resize-dlq" && aws_sqs_queue.dlq.message_retention_seconds == 1209600
    error_message = "the DLQ must keep messages for 14 days"
  }
}

run "both_queues_are_encrypted_and_refuse_requests_without_tls" {
  module {
    source = "./modules/queue"
  }

  assert {
    condition     = aws_sqs_queue.this.sqs_managed_sse_enabled && aws_sqs_queue.dlq.sqs_managed_sse_enabled
    error_message = "a queue is not encrypted"
  }

  assert {
    condition = alltrue([
      for policy in [aws_sqs_queue.this.policy, aws_sqs_queue.dlq.policy] : anytrue([
        for statement in jsondecode(policy).Statement :
        statement.Effect == "Deny" && try(statement.Condition.Bool["aws:SecureTransport"] == "false", false)
      ])
    ])
    error_message = "a queue's policy accepts requests without TLS"
  }
}

run "a_customer_s_key_replaces_sqs_s_own" {
  module {
    source = "./modules/queue"
  }

  variables {
    kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  }

  assert {
    condition = alltrue([
      for queue in [aws_sqs_queue.this, aws_sqs_queue.dlq] :
      queue.kms_master_key_id == var.kms_key_arn && queue.kms_data_key_reuse_period_seconds == 3600
    ])
    error_message = "a queue is encrypted with another key"
  }
}

run "nobody_may_send_by_default" {
  module {
    source = "./modules/queue"
  }

  assert {
    condition     = [for statement in jsondecode(aws_sqs_queue.this.policy).Statement : statement if statement.Effect == "Allow"] == []
    error_message = "the queue's policy allows something"
  }
}

run "s3_may_send_the_events_of_one_bucket" {
  module {
    source = "./modules/queue"
  }

  variables {
    events_of_bucket_arn = "arn:aws:s3:::photos-input"
  }

  assert {
    condition = jsonencode([
      for statement in jsondecode(aws_sqs_queue.this.policy).Statement : statement if statement.Effect == "Allow"
      ]) == jsonencode([{
        Sid       = "TakeEventsOfTheInputBucket"
        Effect    = "Allow"
        Principal = { Service = "s3.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = "arn:aws:sqs:eu-west-1:123456789012:photos-resize"
        Condition = {
          ArnEquals    = { "aws:SourceArn" = "arn:aws:s3:::photos-input" }
          StringEquals = { "aws:SourceAccount" = "123456789012" }
        }
    }])
    error_message = "the queue's policy allows something other than the bucket's events"
  }
}

run "operators_are_notified_of_the_first_dlq_message_and_before_it_expires" {
  module {
    source = "./modules/queue"
  }

  assert {
    condition = (
      aws_cloudwatch_metric_alarm.dlq_depth.threshold == 0
      && aws_cloudwatch_metric_alarm.dlq_depth.dimensions == tomap({ QueueName = "photos-resize-dlq" })
      && aws_cloudwatch_metric_alarm.dlq_depth.alarm_actions == toset([var.alarm_topic_arn])
      && aws_cloudwatch_metric_alarm.dlq_depth.ok_actions == toset([var.alarm_topic_arn])
    )
    error_message = "the alarm on the DLQ's depth differs"
  }

  assert {
    condition = (
      aws_cloudwatch_metric_alarm.dlq_age.metric_name == "ApproximateNumberOfMessagesVisible"
      && aws_cloudwatch_metric_alarm.dlq_age.threshold == 0
      && aws_cloudwatch_metric_alarm.dlq_age.period * aws_cloudwatch_metric_alarm.dlq_age.evaluation_periods == 604800
    )
    error_message = "the alarm on the DLQ's age must come at half of its retention, however often its messages were looked at"
  }
}

run "a_bad_value_is_refused" {
  command = plan

  module {
    source = "./modules/queue"
  }

  variables {
    name                         = "photos resize"
    timeout_seconds              = 901
    batching_window_seconds      = 301
    max_receive_count            = 5
    retention_days               = 15
    account                      = "12345"
    region                       = "Ireland"
    events_of_bucket_arn         = "photos"
    kms_key_arn                  = "alias/photos"
    alarm_topic_arn              = "photos-operators"
    oldest_message_alarm_seconds = 59
  }

  expect_failures = [
    var.name,
    var.timeout_seconds,
    var.batching_window_seconds,
    var.max_receive_count,
    var.retention_days,
    var.account,
    var.region,
    var.events_of_bucket_arn,
    var.kms_key_arn,
    var.alarm_topic_arn,
    var.oldest_message_alarm_seconds,
  ]
}

run "the_rule_of_uploads_alone_may_send_to_the_queue_and_to_its_dlq" {
  module {
    source = "./modules/queue"
  }

  variables {
    events_of_rule_arn = "arn:aws:events:eu-west-1:123456789012:rule/photos-uploads"
  }

  assert {
    condition = alltrue([
      for queue in [aws_sqs_queue.this, aws_sqs_queue.dlq] : [
        for statement in jsondecode(queue.policy).Statement : statement if statement.Effect == "Allow"
        ] == [{
          Sid       = "TakeEventsOfTheInputBucket"
          Effect    = "Allow"
          Principal = { Service = "events.amazonaws.com" }
          Action    = "sqs:SendMessage"
          Resource  = "arn:aws:sqs:eu-west-1:123456789012:${queue.name}"
          Condition = { ArnEquals = { "aws:SourceArn" = var.events_of_rule_arn } }
      }]
    ])
    error_message = "somebody else may send, or the rule may not"
  }
}
