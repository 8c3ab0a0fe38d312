# Where the resources were in states of before a bucket could be somebody else's. Terraform adds the [0] by itself, but not
# to what a moved block names: a state of the first roots would have its buckets destroyed.
# https://developer.hashicorp.com/terraform/language/modules/develop/refactoring
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
