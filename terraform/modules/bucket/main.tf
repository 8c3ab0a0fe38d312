# A private, encrypted bucket that accepts only TLS.
data "aws_partition" "current" {}

locals {
  arn = "arn:${data.aws_partition.current.partition}:s3:::${var.name}"
}

resource "aws_s3_bucket" "this" {
  #checkov:skip=CKV2_AWS_62:Only the input bucket has a consumer of events; its notification is in the platform root, beside the queue that it goes to.
  #checkov:skip=CKV_AWS_18:An access log needs a bucket of its own and grows with every image; CloudTrail's data events are the alternative for the whole account.
  #checkov:skip=CKV_AWS_144:Outputs can be made again from the uploads; the owner of the uploads decides whether to replicate them to a second region.
  bucket = var.name
}

resource "aws_s3_bucket_public_access_block" "this" {
  bucket                  = aws_s3_bucket.this.id
  block_public_acls       = true
  ignore_public_acls      = true
  block_public_policy     = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  bucket = aws_s3_bucket.this.id

  rule {
    # One data key serves many objects, so S3 calls KMS, at a price, far less often.
    bucket_key_enabled = var.kms_key_arn == null ? null : true

    apply_server_side_encryption_by_default {
      sse_algorithm     = var.kms_key_arn == null ? "AES256" : "aws:kms"
      kms_master_key_id = var.kms_key_arn
    }
  }
}

resource "aws_s3_bucket_versioning" "this" {
  count  = var.versioned ? 1 : 0
  bucket = aws_s3_bucket.this.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_policy" "this" {
  bucket = aws_s3_bucket.this.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      # Wildcards in a deny statement: nothing works without TLS.
      {
        Sid       = "RefuseWithoutTls"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [local.arn, "${local.arn}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })

  # S3 accepts only one such change at a time.
  depends_on = [aws_s3_bucket_public_access_block.this]
}

# What an upload from a browser needs, and nothing that reads or deletes; or what reads, and nothing that writes.
# ops/aws/cors.py does the same on the local AWS.
resource "aws_s3_bucket_cors_configuration" "this" {
  count  = length(var.cors_origins) + length(var.reading_cors_origins) > 0 ? 1 : 0
  bucket = aws_s3_bucket.this.id

  dynamic "cors_rule" {
    for_each = length(var.cors_origins) > 0 ? [1] : []

    content {
      id              = "uploads"
      allowed_origins = var.cors_origins
      allowed_methods = ["POST", "PUT"]
      allowed_headers = ["amz-sdk-*", "authorization", "content-md5", "content-type", "x-amz-*"]
      expose_headers  = ["ETag", "x-amz-version-id"]
      max_age_seconds = 3600
    }
  }

  dynamic "cors_rule" {
    for_each = length(var.reading_cors_origins) > 0 ? [1] : []

    content {
      id              = "outputs"
      allowed_origins = var.reading_cors_origins
      allowed_methods = ["GET", "HEAD"]
      allowed_headers = ["amz-sdk-*", "authorization", "if-modified-since", "if-none-match", "range", "x-amz-*"]
      expose_headers  = ["Accept-Ranges", "Content-Length", "Content-Range", "ETag", "x-amz-version-id"]
      max_age_seconds = 3600
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  count  = length(var.lifecycle_rules) > 0 ? 1 : 0
  bucket = aws_s3_bucket.this.id

  dynamic "rule" {
    for_each = var.lifecycle_rules

    content {
      id     = rule.key
      status = "Enabled"

      filter {
        prefix = ""
      }

      dynamic "expiration" {
        for_each = rule.value.expire_days[*]

        content {
          days = expiration.value
        }
      }

      # A delete marker is removed once no version is left beneath it.
      dynamic "expiration" {
        for_each = rule.value.expire_old_days[*]

        content {
          expired_object_delete_marker = true
        }
      }

      dynamic "noncurrent_version_expiration" {
        for_each = rule.value.expire_old_days[*]

        content {
          noncurrent_days = noncurrent_version_expiration.value
        }
      }

      dynamic "abort_incomplete_multipart_upload" {
        for_each = rule.value.abort_multipart_in_days[*]

        content {
          days_after_initiation = abort_incomplete_multipart_upload.value
        }
      }
    }
  }

  # Rules for old versions have an effect only with versioning.
  depends_on = [aws_s3_bucket_versioning.this]
}
