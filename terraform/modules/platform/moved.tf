# Where the resources were in states of before a bucket could be somebody else's. Terraform adds the [0] by itself where
# nothing else moved, but not at the end of a chain: a state of the first roots would have its buckets destroyed.
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
