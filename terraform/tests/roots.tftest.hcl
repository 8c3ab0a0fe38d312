# The roots that `make deploy` applies: they find the settings, the place and the key.
mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  settings_file = "tests/photos.yaml"
  zip           = "tests/photos.yaml" # any file serves as the zip: a mock uploads nothing
}

run "the_platform_is_that_of_the_settings" {
  module {
    source = "./platform"
  }

  assert {
    condition     = output.buckets.input == "photos-input-123456789012-eu-west-1" && output.kms_key_arn == null
    error_message = "the platform has other names"
  }
}

run "the_customer_s_key_is_found_by_its_alias" {
  module {
    source = "./services"
  }

  variables {
    service       = "resize"
    settings_file = "tests/customer.yaml"
  }

  assert {
    condition     = one(data.aws_kms_alias.customer).name == "alias/photos"
    error_message = "another key is looked up"
  }

  assert {
    condition     = output.function == "photos-resize" && output.version == "7"
    error_message = "another function is deployed"
  }

  assert {
    condition     = output.logs == "aws logs tail /aws/lambda/photos-resize --follow --region eu-west-1"
    error_message = "the command that follows the log differs"
  }
}

run "bad_tags_are_refused" {
  command = plan

  module {
    source = "./platform"
  }

  variables {
    tags = { "aws:owner" = "me" }
  }

  expect_failures = [var.tags]
}

run "an_unknown_service_is_refused" {
  command = plan

  module {
    source = "./services"
  }

  variables {
    service = "shrink"
    zip     = null
  }

  expect_failures = [var.service]
}
