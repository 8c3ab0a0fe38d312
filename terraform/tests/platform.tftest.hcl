# The platform as a whole: how its parts are connected. tests/terraform/test_roots.py reads what the run made.
mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  settings = yamldecode(file("tests/photos.yaml"))
  place    = { account = "123456789012", region = "eu-west-1", partition = "aws", dns_suffix = "amazonaws.com" }
}

run "an_image_goes_from_the_input_bucket_to_the_first_queue_and_has_a_row" {
  module {
    source = "./modules/platform"
  }

  assert {
    condition = (
      one(aws_s3_bucket_notification.uploads[0].queue).events == toset(["s3:ObjectCreated:*"])
      && one(aws_s3_bucket_notification.uploads[0].queue).queue_arn == module.queue["resize"].arn
    )
    error_message = "uploads are reported to another queue"
  }

  assert {
    condition     = keys(output.queue_urls) == ["resize", "store", "watermark"] && keys(output.dlq_urls) == ["resize", "store", "watermark"]
    error_message = "a service has no queue of its own"
  }

  assert {
    condition = (
      aws_dynamodb_table.ledger.name == "photos-ledger" && aws_dynamodb_table.ledger.billing_mode == "PAY_PER_REQUEST"
      && aws_dynamodb_table.ledger.hash_key == "source" && aws_dynamodb_table.ledger.range_key == "image_id"
    )
    error_message = "the ledger has another name"
  }

  assert {
    condition = (
      output.buckets.input == "photos-input-123456789012-eu-west-1"
      && startswith(output.upload, "aws s3 cp photo.jpg s3://")
      && strcontains(output.subscribe, "--topic-arn ${aws_sns_topic.notices.arn} --protocol email")
    )
    error_message = "an output that people need differs"
  }

  assert {
    condition = (
      aws_sns_topic.notices.kms_master_key_id == "alias/aws/sns" && aws_sns_topic.operators.name == "photos-operators"
      && aws_sns_topic.operators.kms_master_key_id == null && length(module.key) == 0 && output.kms_key_arn == null
    )
    error_message = "the topics differ"
  }
}

run "there_is_no_budget_without_being_requested" {
  command = plan

  module {
    source = "./modules/platform"
  }

  assert {
    condition     = length(aws_budgets_budget.month) == 0
    error_message = "costs are watched"
  }
}

run "people_get_an_e_mail_before_a_month_exceeds_its_budget" {
  module {
    source = "./modules/platform"
  }

  variables {
    settings = merge(yamldecode(file("tests/photos.yaml")), { budget = { monthly_dollars = 50, emails = ["ops@example.com"] } })
  }

  assert {
    condition = (
      aws_budgets_budget.month[0].limit_amount == "50" && aws_budgets_budget.month[0].limit_unit == "USD"
      && aws_budgets_budget.month[0].time_unit == "MONTHLY" && aws_budgets_budget.month[0].budget_type == "COST"
    )
    error_message = "the budget differs"
  }

  assert {
    condition = {
      for notification in aws_budgets_budget.month[0].notification :
      "${notification.notification_type} ${notification.threshold}" => notification.subscriber_email_addresses
    } == { for when in ["ACTUAL 80", "ACTUAL 100", "FORECASTED 100"] : when => toset(["ops@example.com"]) }
    error_message = "the notifications differ"
  }
}

run "everything_is_encrypted_with_the_customer_s_key_on_request" {
  module {
    source = "./modules/platform"
  }

  variables {
    settings = yamldecode(file("tests/customer.yaml"))
  }

  assert {
    condition = (
      aws_sns_topic.notices.kms_master_key_id == output.kms_key_arn
      && aws_sns_topic.operators.kms_master_key_id == output.kms_key_arn
      && one(aws_dynamodb_table.ledger.server_side_encryption).kms_key_arn == output.kms_key_arn
      && startswith(output.kms_key_arn, "arn:aws:kms:")
    )
    error_message = "something is encrypted with another key"
  }
}

run "the_ledger_can_be_restored" {
  module {
    source = "./modules/platform"
  }

  assert {
    condition     = one(aws_dynamodb_table.ledger.point_in_time_recovery).enabled
    error_message = "the ledger cannot be restored"
  }

  assert {
    condition     = endswith(output.dashboard, "region=eu-west-1#dashboards/dashboard/photos")
    error_message = "the dashboard's URL is wrong"
  }
}

run "china_has_another_console" {
  module {
    source = "./modules/platform"
  }

  variables {
    place = { account = "123456789012", region = "cn-north-1", partition = "aws-cn", dns_suffix = "amazonaws.com.cn" }
  }

  assert {
    condition     = startswith(output.dashboard, "https://cn-north-1.console.amazonaws.cn/cloudwatch/")
    error_message = "the dashboard's URL is wrong"
  }
}

run "an_existing_bucket_is_neither_made_nor_changed_and_a_rule_sends_its_uploads" {
  module {
    source = "./modules/platform"
  }

  variables {
    settings = {
      name    = "photos"
      buckets = { input = { name = "pics", prefix = "up/" }, output = { name = "pics", prefix = "made/" } }
      output  = { follow_deletes = true }
    }
  }

  assert {
    condition = (
      length(module.input) == 0 && length(module.output) == 0 && length(aws_s3_bucket_notification.uploads) == 0
      && length(terraform_data.no_notification) == 0
    )
    error_message = "something of the existing bucket is made or changed"
  }

  assert {
    condition = (
      jsondecode(aws_cloudwatch_event_rule.uploads[0].event_pattern) == {
        source      = ["aws.s3"]
        detail-type = ["Object Created", "Object Deleted"]
        detail      = { bucket = { name = ["pics"] }, object = { key = [{ prefix = "up/" }] } }
      }
      && aws_cloudwatch_event_rule.uploads[0].name == "photos-uploads"
      && aws_cloudwatch_event_target.uploads[0].rule == "photos-uploads"
      && aws_cloudwatch_event_target.uploads[0].arn == module.queue["resize"].arn
      && one(aws_cloudwatch_event_target.uploads[0].dead_letter_config).arn == module.queue["resize"].dlq_arn
    )
    error_message = "the rule sends other events, or elsewhere"
  }

  assert {
    condition = (
      output.upload == "aws s3 cp photo.jpg s3://pics/up/" && output.collect == "aws s3 cp --recursive s3://pics/made/ out/"
      && strcontains(output.enable_events, "EventBridgeConfiguration")
    )
    error_message = "an output that people need differs"
  }
}

run "an_existing_bucket_s_notification_is_written_on_request_alone_and_after_a_look" {
  command = plan

  module {
    source = "./modules/platform"
  }

  variables {
    settings = { name = "photos", buckets = { input = { name = "pics", prefix = "up/", events = "notification" } } }
  }

  assert {
    condition = (
      length(terraform_data.no_notification) == 1 && length(aws_cloudwatch_event_rule.uploads) == 0
      && aws_s3_bucket_notification.uploads[0].bucket == "pics" && !aws_s3_bucket_notification.uploads[0].eventbridge
      && one(aws_s3_bucket_notification.uploads[0].queue).filter_prefix == "up/"
      && length(module.input) == 0 && length(module.output) == 1 && output.enable_events == null
    )
    error_message = "the notification is written without a look, or something else of the bucket is"
  }
}

run "a_bucket_of_the_pipeline_s_own_may_send_by_eventbridge_too" {
  module {
    source = "./modules/platform"
  }

  variables {
    settings = { name = "photos", buckets = { input = { events = "eventbridge" } } }
  }

  assert {
    condition = (
      aws_s3_bucket_notification.uploads[0].eventbridge && length(aws_s3_bucket_notification.uploads[0].queue) == 0
      && length(aws_cloudwatch_event_rule.uploads) == 1 && output.enable_events == null
    )
    error_message = "its uploads do not reach EventBridge"
  }
}
