# One service: the mapping from its queue, and the live version of its function.
locals {
  # Lambda states a digest in base64, and a release in hexadecimal digits: three of those are two of base64. The last
  # digit is alone, with two bits of zero behind it.
  base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
  digits = [for start in range(0, 63, 3) : parseint(substr(coalesce(var.sha256, "0"), start, 3), 16) if var.sha256 != null]
  code_hash = var.sha256 == null ? filebase64sha256(var.zip) : join("", concat(
    flatten([for value in local.digits : [substr(local.base64, floor(value / 64), 1), substr(local.base64, value % 64, 1)]]),
    [substr(local.base64, 4 * parseint(substr(var.sha256, 63, 1), 16), 1), "="],
  ))
}

resource "aws_lambda_event_source_mapping" "this" {
  event_source_arn                   = var.queue_arn
  function_name                      = aws_lambda_alias.live.arn
  batch_size                         = var.batch_size
  maximum_batching_window_in_seconds = var.batching_window_seconds
  function_response_types            = ["ReportBatchItemFailures"]

  # Lambda takes one of these two.
  dynamic "scaling_config" {
    for_each = var.pollers == null ? [var.maximum_concurrency] : []

    content {
      maximum_concurrency = scaling_config.value
    }
  }

  dynamic "provisioned_poller_config" {
    for_each = var.pollers[*]

    content {
      minimum_pollers = provisioned_poller_config.value.minimum
      maximum_pollers = provisioned_poller_config.value.maximum
    }
  }

  # Lambda refuses a mapping whose function may not receive, and a mapping that is removed last may still need its
  # permissions.
  depends_on = [aws_iam_role_policy.this]
}

resource "aws_lambda_alias" "live" {
  name             = "live"
  description      = "The version that processes the queue."
  function_name    = aws_lambda_function.this.function_name
  function_version = aws_lambda_function.this.version
}

resource "aws_lambda_function" "this" {
  #checkov:skip=CKV_AWS_115:The mapping's maximum_concurrency bounds it. Reserved concurrency would throttle instead, and each throttled message would use up one of its receives.
  #checkov:skip=CKV_AWS_116:Its queue invokes it, and what it cannot process goes to that queue's DLQ. A DLQ of the function is for asynchronous callers.
  #checkov:skip=CKV_AWS_117:It calls only AWS, by TLS and with permissions for named resources; a VPC has nothing for it to reach, and nothing that reaches it.
  #checkov:skip=CKV_AWS_272:Zips are reproducible byte for byte, so anybody can compare the running code with the source; and anyone who may deploy could also sign.
  function_name    = var.name
  description      = var.release == null ? null : "image-pipeline ${var.release}"
  runtime          = var.runtime
  architectures    = [var.architecture]
  role             = aws_iam_role.this.arn
  handler          = "services.${var.service}.handler.handler"
  filename         = var.zip
  source_code_hash = local.code_hash
  publish          = true
  memory_size      = var.memory_mb
  timeout          = var.timeout_seconds
  kms_key_arn      = var.kms_key_arn

  environment {
    variables = var.environment
  }

  tracing_config {
    mode = "Active"
  }

  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.this.name
  }

  lifecycle {
    precondition {
      condition     = coalesce(var.built_for.architecture, var.architecture) == var.architecture
      error_message = "services.${var.service}.architecture is ${var.architecture}, and the zip is for ${coalesce(var.built_for.architecture, "none")}; change the setting, or give a zip for ${var.architecture}, such as a release's ${var.service}${var.architecture == "arm64" ? "" : "-${var.architecture}"}.zip, and its architecture (zips)."
    }

    precondition {
      condition     = coalesce(var.built_for.runtime, var.runtime) == var.runtime
      error_message = "services.${var.service}.runtime is ${var.runtime}, and the zip is for ${coalesce(var.built_for.runtime, "none")}; change the setting, or build a zip for ${var.runtime} with `make package` and give its runtime (zips)."
    }

    precondition {
      condition     = var.built_for.extras == null ? true : length(setsubtract(var.extras, var.built_for.extras)) == 0
      error_message = "extras is [${join(", ", var.extras)}], and the zip of ${var.service} has no codec of ${join(", ", setsubtract(var.extras, coalesce(var.built_for.extras, [])))}: a release's never has. Build the zip with `make package` and give its path, or remove extras."
    }
  }

  depends_on = [aws_iam_role_policy.this, aws_iam_role_policy.tracing]
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/lambda/${var.name}"
  retention_in_days = var.logs_days
  kms_key_id        = var.kms_key_arn
}

resource "aws_iam_role" "this" {
  name                 = var.name
  permissions_boundary = var.permissions_boundary_arn

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" },
    ]
  })
}

resource "aws_iam_role_policy" "this" {
  name   = var.name
  role   = aws_iam_role.this.name
  policy = var.role_policy
}

resource "aws_iam_role_policy" "tracing" {
  name = "${var.name}-tracing"
  role = aws_iam_role.this.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "Trace"
        Effect = "Allow"
        Action = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
        # X-Ray supports no narrower resource for these two.
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
        Resource = "*"
      },
    ]
  })
}
