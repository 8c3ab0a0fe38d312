# The whole pipeline as one module. tests/applied/test_module.py applies its examples.
mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  # Any file serves as a zip: a mock uploads nothing.
  zips = {
    resize    = { path = "tests/photos.yaml" }
    watermark = { path = "tests/photos.yaml", release = "1.0.0" }
    store     = { path = "tests/photos.yaml" }
  }
}

run "a_name_is_enough" {
  variables {
    name = "photos"
  }

  assert {
    condition = (
      output.buckets.input == "photos-input-123456789012-eu-west-1"
      && output.functions == { for service in ["resize", "store", "watermark"] : service => { name = "photos-${service}", version = "7" } }
      && yamldecode(output.settings) == { name = "photos" } && output.kms_key_arn == null
    )
    error_message = "the pipeline has other names"
  }
}

run "settings_replace_those_of_the_file" {
  variables {
    settings_file = "tests/bounded.yaml"
    settings      = { encryption = "customer", retention = { dlq_days = 4 } }
  }

  assert {
    condition = (
      yamldecode(output.settings) == merge(
        yamldecode(file("tests/bounded.yaml")), { encryption = "customer", retention = { dlq_days = 4 } }
      )
      && startswith(output.kms_key_arn, "arn:aws:kms:")
    )
    error_message = "the settings are others"
  }
}

run "the_name_replaces_that_of_the_file" {
  command = plan

  variables {
    name          = "press"
    settings_file = "tests/photos.yaml"
  }

  assert {
    condition     = output.buckets.output == "press-output-123456789012-eu-west-1"
    error_message = "the name is another"
  }
}

run "a_zip_of_a_url_is_called_by_its_digest" {
  command = plan

  variables {
    name = "photos"

    zips = {
      resize = {
        url    = "https://example.com/v1.0.0/resize.zip"
        sha256 = "4d37841c8084a6afdeb8ac3097299a708e864783a40447c4d9f20dea518cc525"
      }
      watermark = { path = "tests/photos.yaml" }
      store     = { path = "tests/photos.yaml" }
    }
  }

  assert {
    condition     = keys(terraform_data.zip) == ["resize"] && terraform_data.zip["resize"].triggers_replace == var.zips.resize.sha256
    error_message = "another zip is downloaded"
  }
}

run "a_zip_of_a_url_for_x86_64_is_said_to_be" {
  command = plan

  variables {
    name     = "photos"
    settings = { services = { resize = { architecture = "x86_64" } } }

    zips = {
      resize = {
        url          = "https://example.com/v1.0.0/resize-x86_64.zip"
        sha256       = "4d37841c8084a6afdeb8ac3097299a708e864783a40447c4d9f20dea518cc525"
        architecture = "x86_64"
      }
      watermark = { path = "tests/photos.yaml" }
      store     = { path = "tests/photos.yaml" }
    }
  }

  assert {
    condition     = local.zips.resize.architecture == "x86_64" && local.zips.resize.runtime == "python3.13"
    error_message = "the zip is taken for another"
  }

  assert {
    condition     = local.zips.store.architecture == null && local.zips.store.runtime == null
    error_message = "a zip of a path is taken for one of a release"
  }
}

run "a_service_without_a_zip_is_refused" {
  command = plan

  variables {
    name = "photos"

    zips = { resize = { path = "tests/photos.yaml" } }
  }

  expect_failures = [var.zips]
}

run "a_zip_with_a_path_and_a_url_is_refused" {
  command = plan

  variables {
    name = "photos"

    zips = {
      resize    = { path = "tests/photos.yaml", url = "https://example.com/resize.zip" }
      watermark = { path = "tests/photos.yaml" }
      store     = { path = "tests/photos.yaml" }
    }
  }

  expect_failures = [var.zips]
}

run "a_url_without_a_digest_is_refused" {
  command = plan

  variables {
    name = "photos"

    zips = {
      resize    = { url = "https://example.com/resize.zip" }
      watermark = { path = "tests/photos.yaml" }
      store     = { path = "tests/photos.yaml" }
    }
  }

  expect_failures = [var.zips]
}

run "a_url_without_tls_is_refused" {
  command = plan

  variables {
    name = "photos"

    zips = {
      resize = {
        url    = "http://example.com/resize.zip"
        sha256 = "4d37841c8084a6afdeb8ac3097299a708e864783a40447c4d9f20dea518cc525"
      }
      watermark = { path = "tests/photos.yaml" }
      store     = { path = "tests/photos.yaml" }
    }
  }

  expect_failures = [var.zips]
}

run "settings_that_are_no_mapping_are_refused" {
  command = plan

  variables {
    name = "photos"

    settings = ["encryption"]
  }

  expect_failures = [var.settings]
}

run "a_file_without_settings_is_refused" {
  command = plan

  variables {
    name = "photos"

    settings_file = "tests/mocks/aws.tfmock.hcl"
  }

  expect_failures = [var.settings_file]
}

run "a_zip_of_a_url_is_built_without_extras" {
  command = plan

  variables {
    name     = "photos"
    settings = { extras = ["jxl"] }

    zips = {
      resize = { path = "tests/photos.yaml" }
      watermark = {
        url    = "https://example.com/watermark-jxl.zip"
        sha256 = "4d37841c8084a6afdeb8ac3097299a708e864783a40447c4d9f20dea518cc525"
        extras = ["jxl"]
      }
      store = {
        url    = "https://example.com/v1.0.0/store.zip"
        sha256 = "4d37841c8084a6afdeb8ac3097299a708e864783a40447c4d9f20dea518cc525"
      }
    }
  }

  assert {
    condition     = local.zips.watermark.extras == tolist(["jxl"]) && length(local.zips.store.extras) == 0 && local.zips.resize.extras == null
    error_message = "a zip is taken for one with other encoders"
  }
}
