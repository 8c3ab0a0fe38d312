# Where the resources were in states of before this root used a module.
moved {
  from = module.key
  to   = module.platform.module.key
}

moved {
  from = module.input
  to   = module.platform.module.input
}

moved {
  from = aws_s3_bucket_notification.drops
  to   = aws_s3_bucket_notification.uploads
}

moved {
  from = aws_s3_bucket_notification.uploads
  to   = module.platform.aws_s3_bucket_notification.uploads
}

moved {
  from = module.queue
  to   = module.platform.module.queue
}

moved {
  from = module.work
  to   = module.platform.module.work
}

moved {
  from = module.output
  to   = module.platform.module.output
}

moved {
  from = aws_dynamodb_table.ledger
  to   = module.platform.aws_dynamodb_table.ledger
}

moved {
  from = aws_sns_topic.notices
  to   = module.platform.aws_sns_topic.notices
}

moved {
  from = aws_sns_topic.operators
  to   = module.platform.aws_sns_topic.operators
}

moved {
  from = module.watch
  to   = module.platform.module.watch
}
