# The dashboard of the flow, and alarms on what no queue and no function sees alone.
module "watch" {
  source = "../watch"

  name            = module.pipeline.name
  region          = var.place.region
  alarm_topic_arn = aws_sns_topic.operators.arn
  notices_topic   = aws_sns_topic.notices.name
  rule            = try(module.pipeline.rule.name, null)
  alarm_arns      = flatten([for queue in values(module.queue) : queue.alarm_arns])

  services = [
    for service in module.pipeline.order : {
      name      = service
      queue     = module.pipeline.queues[service]
      dlq       = module.pipeline.dlqs[service]
      function  = module.pipeline.functions[service]
      log_group = module.pipeline.log_groups[service]
    }
  ]
}
