# The environment variables of each function: as ops/settings.py makes them.
locals {
  # One heap for all threads, that keeps what was freed.
  # https://www.gnu.org/software/libc/manual/html_node/Malloc-Tunable-Parameters.html
  allocator = {
    MALLOC_ARENA_MAX       = "1"
    MALLOC_MMAP_THRESHOLD_ = tostring(32 * 1024 * 1024)
    MALLOC_TRIM_THRESHOLD_ = tostring(128 * 1024 * 1024)
  }

  # Which sections of pipeline.yaml each function reads: it gets those and no others.
  sections = {
    resize    = ["renditions", "limits", "formats", "metadata", "pages", "overrides", "profiles", "moderation"]
    watermark = ["watermark", "overrides", "profiles"]
    store     = ["output"]
  }

  # Which settings of a profile each function reads.
  profile_settings = {
    resize    = ["prefix", "renditions", "metadata"]
    watermark = ["prefix", "watermark"]
    store     = []
  }

  # All prefixes for each function, since a longer one hides a shorter one.
  profiles = {
    for service in local.order : service => [
      for index in range(length(local.profiles_said)) : {
        for setting in local.profile_settings[service] :
        setting => local.profiles_said["profiles[${index}]"][setting] if can(local.profiles_said["profiles[${index}]"][setting])
      }
    ]
  }

  environments = {
    for service in local.order : service => merge(
      {
        WORK_BUCKET                  = local.buckets.work
        QUEUE_URL                    = local.queue_urls[service]
        DLQ_URL                      = local.dlq_urls[service]
        LEDGER_TABLE                 = local.ledger
        TOPIC_ARN                    = local.topic_arn
        MAX_RECEIVE_COUNT            = try(tostring(local.services[service].max_receive_count), "")
        POWERTOOLS_SERVICE_NAME      = service
        POWERTOOLS_METRICS_NAMESPACE = local.name
        POWERTOOLS_LOG_LEVEL         = "INFO"
      },
      local.allocator,
      contains(keys(local.next), service) ? { NEXT_QUEUE_URL = local.queue_urls[local.next[service]] } : {},
      contains(keys(local.next), service) ? {} : { OUTPUT_BUCKET = local.buckets.output },
      {
        for section in local.sections[service] : upper(section) => (
          section == "profiles" ? jsonencode(local.profiles[service]) : jsonencode(var.settings[section])
        ) if contains(keys(var.settings), section)
      },
    )
  }

  # What a function would refuse at its cold start.
  function_problems = concat(
    local.rendition_problems,
    local.watermark_problems,
    module.limits.problems,
    local.output_problems,
    local.profile_problems,
    local.moderation_problems,
  )

  # Of the names and values, as the JSON object that Lambda measures.
  # https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
  largest_environment_bytes = 4096

  # Base64 counts bytes, where length() counts characters: four characters for three bytes, padding included.
  environment_problems = [
    for service, environment in local.environments :
    "${join(", ", local.sections[service])} make too large an environment for the function ${service}; Lambda allows ${local.largest_environment_bytes} bytes: leave out profiles, or what in them is the default."
    if length(base64encode(jsonencode(environment))) > 4 * ceil(local.largest_environment_bytes / 3)
  ]
}
