# Where the resources were before buckets could exist already.
moved {
  from = module.input
  to   = module.input[0]
}

moved {
  from = module.output
  to   = module.output[0]
}

moved {
  from = aws_s3_bucket_notification.uploads
  to   = aws_s3_bucket_notification.uploads[0]
}
