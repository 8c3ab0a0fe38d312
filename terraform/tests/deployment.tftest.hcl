# Each service, deployed. tests/terraform/test_roots.py reads what the runs made.
mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  settings = yamldecode(file("tests/photos.yaml"))
  place    = { account = "123456789012", region = "eu-west-1", partition = "aws", dns_suffix = "amazonaws.com" }

  zip = { path = "tests/photos.yaml" } # any file serves as the zip: a mock uploads nothing
}

run "resize_is_deployed_alone" {
  module {
    source = "./modules/deployment"
  }

  variables {
    service = "resize"
  }

  assert {
    condition     = output.function == "photos-resize" && output.version == "7"
    error_message = "another function is deployed"
  }

  assert {
    condition     = output.log_group == "/aws/lambda/photos-resize"
    error_message = "the log is another"
  }
}

run "watermark_is_deployed_alone" {
  module {
    source = "./modules/deployment"
  }

  variables {
    service = "watermark"
  }

  assert {
    condition     = output.function == "photos-watermark" && output.version == "7"
    error_message = "another function is deployed"
  }

  assert {
    condition     = output.log_group == "/aws/lambda/photos-watermark"
    error_message = "the log is another"
  }
}

run "store_is_deployed_alone" {
  module {
    source = "./modules/deployment"
  }

  variables {
    service = "store"
  }

  assert {
    condition     = output.function == "photos-store" && output.version == "7"
    error_message = "another function is deployed"
  }

  assert {
    condition     = output.log_group == "/aws/lambda/photos-store"
    error_message = "the log is another"
  }
}

run "the_role_has_the_boundary_of_the_settings" {
  module {
    source = "./modules/deployment"
  }

  variables {
    service  = "store"
    settings = yamldecode(file("tests/bounded.yaml"))
  }

  assert {
    condition     = output.permissions_boundary_arn == "arn:aws:iam::123456789012:policy/photos-functions"
    error_message = "the role is bounded by another policy, or by none"
  }
}

run "the_customer_s_key_is_used" {
  module {
    source = "./modules/deployment"
  }

  variables {
    service     = "resize"
    settings    = yamldecode(file("tests/customer.yaml"))
    kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  }

  assert {
    condition     = strcontains(jsonencode(module.pipeline.role_policies.resize), var.kms_key_arn)
    error_message = "the service may not use the key"
  }
}
