# The environment variables of each function, as ops/settings.py makes them. The schema defines the sections that a
# function reads.
locals {
  # One heap for all threads, which keeps freed memory: docs/adr/0057-memory-is-kept.md has figures.
  # https://www.gnu.org/software/libc/manual/html_node/Malloc-Tunable-Parameters.html
  allocator = {
    MALLOC_ARENA_MAX       = "1"
    MALLOC_MMAP_MAX_       = "0"
    MALLOC_TRIM_THRESHOLD_ = tostring(10240 * 1024 * 1024)
  }

  # The profiles that each function reads: all prefixes, since a longer one hides a shorter one. Unknown settings go to
  # every function, which refuses them.
  profiles = {
    for service in local.order : service => try([
      for profile in var.settings.profiles : try({
        for setting, value in profile : setting => value
        if contains(try(local.rules.profiles.items.properties[setting].functions, [service]), service)
      }, profile)
    ], var.settings.profiles, null)
  }

  environments = {
    for service in local.order : service => merge(
      {
        WORK_BUCKET                  = local.bucket_names.work
        QUEUE_URL                    = local.queue_urls[service]
        DLQ_URL                      = local.dlq_urls[service]
        LEDGER_TABLE                 = local.ledger
        LEDGER_DAYS                  = try(tostring(local.retention.ledger_days), "")
        TOPIC_ARN                    = local.topic_arn
        BATCH_TIMEOUT_MINUTES        = try(tostring(local.values.notifications.batch_timeout_minutes), "")
        MAX_RECEIVE_COUNT            = try(tostring(local.services[service].max_receive_count), "")
        POWERTOOLS_SERVICE_NAME      = service
        POWERTOOLS_METRICS_NAMESPACE = local.name
        POWERTOOLS_LOG_LEVEL         = "INFO"
      },
      local.allocator,
      contains(keys(local.next), service) ? { NEXT_QUEUE_URL = local.queue_urls[local.next[service]] } : {},
      contains(keys(local.next), service) ? {} : { OUTPUT_BUCKET = local.bucket_names.output },
      {
        for section, rule in local.rules : upper(section) => (
          section == "profiles" ? jsonencode(local.profiles[service]) : jsonencode(var.settings[section])
        ) if contains(try(rule.functions, []), service) && contains(keys(var.settings), section)
      },
    )
  }
}
