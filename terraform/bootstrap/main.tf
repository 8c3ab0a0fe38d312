# The bucket that keeps the states of the other roots, and its own. `make bootstrap` applies it.
module "state" {
  source    = "../modules/bucket"
  name      = module.pipeline.state_bucket
  versioned = true

  lifecycle_rules = {
    expire-old-versions = {
      expire_old_days         = 90
      abort_multipart_in_days = 1
    }
  }
}
