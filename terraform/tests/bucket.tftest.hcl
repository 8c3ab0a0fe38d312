# The rules of a bucket.
mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name = "photos-input-123456789012-eu-west-1"
}

run "a_bucket_is_private_and_encrypted_and_accepts_only_tls" {
  module {
    source = "./modules/bucket"
  }

  assert {
    condition = (
      aws_s3_bucket_public_access_block.this.block_public_acls && aws_s3_bucket_public_access_block.this.ignore_public_acls
      && aws_s3_bucket_public_access_block.this.block_public_policy && aws_s3_bucket_public_access_block.this.restrict_public_buckets
    )
    error_message = "public access is not fully blocked"
  }

  assert {
    condition     = one(one(aws_s3_bucket_server_side_encryption_configuration.this.rule).apply_server_side_encryption_by_default).sse_algorithm == "AES256"
    error_message = "the bucket is not encrypted"
  }

  assert {
    condition = [
      for statement in jsondecode(aws_s3_bucket_policy.this.policy).Statement :
      [statement.Effect, statement.Condition.Bool["aws:SecureTransport"]]
    ] == [["Deny", "false"]]
    error_message = "the bucket's policy does something other than refuse requests without TLS"
  }

  assert {
    condition     = length(aws_s3_bucket_versioning.this) == 0 && length(aws_s3_bucket_lifecycle_configuration.this) == 0 && length(aws_s3_bucket_cors_configuration.this) == 0
    error_message = "versioning and lifecycle rules are made without being requested"
  }
}

run "old_versions_expire_after_the_requested_days" {
  module {
    source = "./modules/bucket"
  }

  variables {
    versioned       = true
    lifecycle_rules = { expire-old-versions = { expire_old_days = 30, abort_multipart_in_days = 1 } }
  }

  assert {
    condition     = one(aws_s3_bucket_versioning.this[0].versioning_configuration).status == "Enabled"
    error_message = "the bucket keeps no versions"
  }

  assert {
    condition = (
      one(aws_s3_bucket_lifecycle_configuration.this[0].rule[0].noncurrent_version_expiration).noncurrent_days == 30
      && one(aws_s3_bucket_lifecycle_configuration.this[0].rule[0].abort_incomplete_multipart_upload).days_after_initiation == 1
      && one(aws_s3_bucket_lifecycle_configuration.this[0].rule[0].expiration).expired_object_delete_marker
    )
    error_message = "the lifecycle rule differs"
  }
}

run "pages_of_requested_origins_may_upload_and_no_others" {
  module {
    source = "./modules/bucket"
  }

  variables {
    cors_origins = ["https://app.example.com"]
  }

  assert {
    condition     = one(aws_s3_bucket_cors_configuration.this[0].cors_rule).allowed_origins == toset(["https://app.example.com"])
    error_message = "pages of other origins may upload"
  }

  assert {
    condition     = one(aws_s3_bucket_cors_configuration.this[0].cors_rule).allowed_methods == toset(["POST", "PUT"])
    error_message = "pages may do something else than upload"
  }
}

run "pages_of_requested_origins_may_read_and_no_others" {
  module {
    source = "./modules/bucket"
  }

  variables {
    reading_cors_origins = ["https://app.example.com"]
  }

  assert {
    condition     = one(aws_s3_bucket_cors_configuration.this[0].cors_rule).allowed_origins == toset(["https://app.example.com"])
    error_message = "pages of other origins may read"
  }

  assert {
    condition     = one(aws_s3_bucket_cors_configuration.this[0].cors_rule).allowed_methods == toset(["GET", "HEAD"])
    error_message = "pages may do something else than read"
  }
}

run "a_customer_s_key_replaces_s3_s_own" {
  module {
    source = "./modules/bucket"
  }

  variables {
    kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  }

  assert {
    condition = (
      one(one(aws_s3_bucket_server_side_encryption_configuration.this.rule).apply_server_side_encryption_by_default).sse_algorithm == "aws:kms"
      && one(one(aws_s3_bucket_server_side_encryption_configuration.this.rule).apply_server_side_encryption_by_default).kms_master_key_id == var.kms_key_arn
      && one(aws_s3_bucket_server_side_encryption_configuration.this.rule).bucket_key_enabled
    )
    error_message = "objects are encrypted with another key, or each with a KMS request of its own"
  }
}

run "a_bad_value_is_refused" {
  command = plan

  module {
    source = "./modules/bucket"
  }

  variables {
    name            = "Photos"
    kms_key_arn     = "alias/photos"
    lifecycle_rules = { expire = { expire_days = 0 } }
    cors_origins    = ["https://app.example.com/"]

    reading_cors_origins = ["app.example.com"]
  }

  expect_failures = [var.name, var.kms_key_arn, var.lifecycle_rules, var.cors_origins, var.reading_cors_origins]
}
