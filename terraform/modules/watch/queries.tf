# Queries of the logs, saved for CloudWatch Logs Insights. The functions' own lines are Powertools', with fields of
# shared/runner/runner.py and shared/runner/failures.py; Lambda's are those of its JSON log format.
# https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
locals {
  queries = {
    "path of one image" = <<-EOT
      # Fill in the image's id or its key.
      fields @timestamp, service, level, message, seconds, attempts, error, reason
      | filter image_id = "IMAGE_ID" or key = "KEY"
      | sort @timestamp asc
      | limit 1000
    EOT

    "failures by reason" = <<-EOT
      filter message = "failed"
      | stats count(*) as images, latest(reason) as last_reason, latest(key) as last_key by service, error
      | sort images desc
    EOT

    "slowest images" = <<-EOT
      filter ispresent(seconds)
      | fields @timestamp, service, seconds, key, image_id, message
      | sort seconds desc
      | limit 50
    EOT

    "retries" = <<-EOT
      filter message = "retrying"
      | stats count(*) as retries, max(attempts) as most_attempts, max(pause_seconds) as longest_pause, latest(reason) as last_reason by service, error
      | sort retries desc
    EOT

    "cold starts" = <<-EOT
      filter type = "platform.report" and ispresent(record.metrics.initDurationMs)
      | stats count(*) as starts, avg(record.metrics.initDurationMs) as mean_ms, pct(record.metrics.initDurationMs, 95) as p95_ms, max(record.metrics.maxMemoryUsedMB) as most_mb by @log
      | sort starts desc
    EOT
  }
}

resource "aws_cloudwatch_query_definition" "this" {
  for_each = local.queries

  name            = "${var.name}/${each.key}"
  log_group_names = var.services[*].log_group
  query_string    = each.value
}
