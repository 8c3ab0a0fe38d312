# Each service, deployed. tests/terraform/test_roots.py reads what the runs made.
mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  settings_file = "tests/photos.yaml"
  zip           = "tests/photos.yaml" # any file serves as the zip: a mock uploads nothing
}

run "resize_is_deployed_alone" {
  module {
    source = "./services"
  }

  variables {
    service = "resize"
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

run "watermark_is_deployed_alone" {
  module {
    source = "./services"
  }

  variables {
    service = "watermark"
  }

  assert {
    condition     = output.function == "photos-watermark" && output.version == "7"
    error_message = "another function is deployed"
  }

  assert {
    condition     = output.logs == "aws logs tail /aws/lambda/photos-watermark --follow --region eu-west-1"
    error_message = "the command that follows the log differs"
  }
}

run "store_is_deployed_alone" {
  module {
    source = "./services"
  }

  variables {
    service = "store"
  }

  assert {
    condition     = output.function == "photos-store" && output.version == "7"
    error_message = "another function is deployed"
  }

  assert {
    condition     = output.logs == "aws logs tail /aws/lambda/photos-store --follow --region eu-west-1"
    error_message = "the command that follows the log differs"
  }
}

run "the_role_has_the_boundary_of_the_settings" {
  module {
    source = "./services"
  }

  variables {
    service       = "store"
    settings_file = "tests/bounded.yaml"
  }

  assert {
    condition     = module.service.permissions_boundary_arn == "arn:aws:iam::123456789012:policy/photos-functions"
    error_message = "the role is bounded by another policy, or by none"
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
    condition     = strcontains(jsonencode(module.pipeline.role_policies.resize), one(data.aws_kms_alias.customer).target_key_arn)
    error_message = "the service may not use the key"
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
