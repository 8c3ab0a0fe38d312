# The rules of a service's function.
mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  service                 = "resize"
  name                    = "photos-resize"
  zip                     = "./modules/service/main.tf" # any file serves as the zip: a mock uploads nothing
  environment             = { WORK_BUCKET = "photos-work" }
  role_policy             = "{\"Version\":\"2012-10-17\",\"Statement\":[]}"
  architecture            = "arm64"
  memory_mb               = 1769
  timeout_seconds         = 60
  queue_arn               = "arn:aws:sqs:eu-west-1:123456789012:photos-resize"
  batch_size              = 10
  batching_window_seconds = 0
  maximum_concurrency     = 10
  logs_days               = 30
  alarm_topic_arn         = "arn:aws:sns:eu-west-1:123456789012:photos-operators"
}

run "pollers_take_the_place_of_maximum_concurrency" {
  module {
    source = "./modules/service"
  }

  variables {
    pollers = { minimum = 2, maximum = 40 }
  }

  assert {
    condition     = length(aws_lambda_event_source_mapping.this.scaling_config) == 0
    error_message = "Lambda refuses both"
  }

  assert {
    condition = (
      one(aws_lambda_event_source_mapping.this.provisioned_poller_config).minimum_pollers == 2
      && one(aws_lambda_event_source_mapping.this.provisioned_poller_config).maximum_pollers == 40
    )
    error_message = "the pollers differ"
  }
}

run "the_queue_is_processed_by_the_live_version_and_failures_are_reported_by_message" {
  module {
    source = "./modules/service"
  }

  assert {
    condition = (
      aws_lambda_event_source_mapping.this.function_name == aws_lambda_alias.live.arn
      && aws_lambda_event_source_mapping.this.event_source_arn == var.queue_arn
      && aws_lambda_event_source_mapping.this.function_response_types == toset(["ReportBatchItemFailures"])
      && one(aws_lambda_event_source_mapping.this.scaling_config).maximum_concurrency == 10
    )
    error_message = "the mapping differs"
  }

  assert {
    condition     = aws_lambda_function.this.publish && aws_lambda_alias.live.name == "live" && aws_lambda_alias.live.function_version == "7"
    error_message = "the alias live does not point to the published version"
  }
}

run "a_zip_that_is_not_there_yet_is_known_by_its_digest" {
  command = plan

  module {
    source = "./modules/service"
  }

  # Of the text "zip"; openssl dgst -sha256 -binary | base64 has the other.
  variables {
    zip    = "not/there.zip"
    sha256 = "4a70fe9aa6436e02c2dea340fbd1e352e4ef2d8ce6ca52ad25d4b95471fc8bf2"
  }

  assert {
    condition     = aws_lambda_function.this.source_code_hash == "SnD+mqZDbgLC3qNA+9HjUuTvLYzmylKtJdS5VHH8i/I="
    error_message = "the digest is ${aws_lambda_function.this.source_code_hash}"
  }
}

run "a_bad_digest_is_refused" {
  command = plan

  module {
    source = "./modules/service"
  }

  variables {
    sha256 = "abc"
  }

  expect_failures = [var.sha256]
}

run "the_function_is_python_3_13_on_arm64_traced_with_logs_in_json" {
  module {
    source = "./modules/service"
  }

  assert {
    condition = (
      aws_lambda_function.this.runtime == "python3.13"
      && aws_lambda_function.this.architectures == tolist(["arm64"])
      && aws_lambda_function.this.handler == "services.resize.handler.handler"
      && one(aws_lambda_function.this.tracing_config).mode == "Active"
      && one(aws_lambda_function.this.logging_config).log_format == "JSON"
      && one(aws_lambda_function.this.logging_config).log_group == "/aws/lambda/photos-resize"
    )
    error_message = "the function differs"
  }

  assert {
    condition     = aws_cloudwatch_log_group.this.retention_in_days == 30
    error_message = "the log is kept for another time"
  }
}

run "a_zip_for_another_processor_is_refused" {
  command = plan

  module {
    source = "./modules/service"
  }

  variables {
    architecture = "x86_64"
    built_for    = { architecture = "arm64" }
  }

  expect_failures = [aws_lambda_function.this]
}

run "a_zip_for_another_python_is_refused" {
  command = plan

  module {
    source = "./modules/service"
  }

  variables {
    built_for = { architecture = "arm64", runtime = "python3.14" }
  }

  expect_failures = [aws_lambda_function.this]
}

run "a_zip_without_the_encoder_of_an_extra_is_refused" {
  command = plan

  module {
    source = "./modules/service"
  }

  variables {
    extras    = ["jxl"]
    built_for = { extras = [] }
  }

  expect_failures = [aws_lambda_function.this]
}

run "a_zip_with_the_encoder_of_an_extra_is_taken" {
  command = plan

  module {
    source = "./modules/service"
  }

  variables {
    extras    = ["jxl"]
    built_for = { extras = ["jxl"] }
  }
}

run "the_only_wildcard_is_for_tracing" {
  module {
    source = "./modules/service"
  }

  assert {
    condition = [
      for statement in jsondecode(aws_iam_role_policy.tracing.policy).Statement : statement.Action
    ] == [["xray:PutTraceSegments", "xray:PutTelemetryRecords"]]
    error_message = "the policy with a wildcard allows more than tracing"
  }

  assert {
    condition     = aws_iam_role_policy.this.policy == var.role_policy
    error_message = "the role's policy is not the one given"
  }
}

run "a_customer_s_key_replaces_aws_s_own" {
  module {
    source = "./modules/service"
  }

  variables {
    kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  }

  assert {
    condition     = aws_cloudwatch_log_group.this.kms_key_id == var.kms_key_arn && aws_lambda_function.this.kms_key_arn == var.kms_key_arn
    error_message = "the log or the environment is encrypted with another key"
  }
}

run "operators_are_notified_of_errors_and_throttles" {
  module {
    source = "./modules/service"
  }

  assert {
    condition = {
      for metric, alarm in aws_cloudwatch_metric_alarm.this :
      metric => [alarm.alarm_name, alarm.dimensions.FunctionName, one(alarm.alarm_actions)]
      } == {
      Errors    = ["photos-resize-errors", "photos-resize", var.alarm_topic_arn]
      Throttles = ["photos-resize-throttles", "photos-resize", var.alarm_topic_arn]
    }
    error_message = "the alarms differ"
  }
}

run "a_wildcard_in_the_role_is_refused" {
  command = plan

  module {
    source = "./modules/service"
  }

  variables {
    role_policy = "{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[\"s3:*\"],\"Resource\":\"arn:aws:s3:::photos/*\"}]}"
  }

  expect_failures = [var.role_policy]
}

run "a_wildcard_for_all_resources_is_refused" {
  command = plan

  module {
    source = "./modules/service"
  }

  variables {
    role_policy = "{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[\"s3:GetObject\"],\"Resource\":\"*\"}]}"
  }

  expect_failures = [var.role_policy]
}

run "moderation_is_allowed_for_all_resources" {
  command = plan

  module {
    source = "./modules/service"
  }

  variables {
    role_policy = "{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[\"rekognition:DetectModerationLabels\"],\"Resource\":\"*\"}]}"
  }

  assert {
    condition     = aws_iam_role_policy.this.policy == var.role_policy
    error_message = "the role's policy is not the one given"
  }
}

run "labels_and_faces_are_allowed_for_all_resources_each_alone" {
  command = plan

  module {
    source = "./modules/service"
  }

  variables {
    role_policy = "{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[\"rekognition:DetectModerationLabels\",\"rekognition:DetectFaces\"],\"Resource\":\"*\"}]}"
  }

  expect_failures = [var.role_policy]
}

run "a_bad_value_is_refused" {
  command = plan

  module {
    source = "./modules/service"
  }

  variables {
    service                 = "shrink"
    name                    = "photos resize"
    zip                     = "build/lambda/nowhere.zip"
    role_policy             = "allow it all"
    architecture            = "riscv64"
    runtime                 = "python3.12"
    memory_mb               = 127
    timeout_seconds         = 901
    queue_arn               = "photos-resize"
    batch_size              = 11
    batching_window_seconds = 301
    maximum_concurrency     = 1
    pollers                 = { minimum = 3, maximum = 2 }
    logs_days               = 31
    kms_key_arn             = "alias/photos"
    alarm_topic_arn         = "photos-operators"

    permissions_boundary_arn = "photos-functions"
  }

  expect_failures = [
    var.service,
    var.name,
    var.zip,
    var.role_policy,
    var.architecture,
    var.runtime,
    var.memory_mb,
    var.timeout_seconds,
    var.queue_arn,
    var.batch_size,
    var.batching_window_seconds,
    var.maximum_concurrency,
    var.pollers,
    var.logs_days,
    var.kms_key_arn,
    var.alarm_topic_arn,
    var.permissions_boundary_arn,
  ]
}
