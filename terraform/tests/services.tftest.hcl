# One service as it is deployed: pipeline.yaml's settings reach its function and its mapping.
mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  settings_file = "tests/photos.yaml"
  service       = "store"
  zip           = "tests/photos.yaml" # any file stands for the zip: a mock uploads nothing
}

run "a_service_is_deployed_by_its_name" {
  module {
    source = "./services"
  }

  assert {
    condition     = output.function == "photos-store" && output.version == "7"
    error_message = "another function is deployed"
  }

  assert {
    condition     = output.logs == "aws logs tail /aws/lambda/photos-store --follow --region eu-west-1"
    error_message = "the command that follows the log is another"
  }
}

run "a_bad_value_is_refused" {
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
