# A pipeline for a bucket that exists already: uploads under one prefix of it, outputs under another. The bucket, its
# objects, its policy and its notifications stay its owner's. It must send its events to EventBridge: see `enable_events`.
module "images" {
  source = "../../../terraform" # elsewhere: git::https://github.com/OWNER/REPOSITORY.git//terraform?ref=v1.0.0
  name   = "gallery"
  zips   = { for service in ["resize", "watermark", "store"] : service => { path = "${var.zips}/${service}.zip" } }

  settings = {
    buckets = {
      input  = { name = var.bucket, prefix = "uploads/" }
      output = { name = var.bucket, prefix = "pictures/" }
    }
    output = { follow_deletes = true }
  }
}

variable "bucket" {
  description = "The name of the bucket, in this account and region. Where the same configuration makes it, aws_s3_bucket.….bucket, which is known before it is made."
  type        = string
}

variable "zips" {
  description = "The folder of the services' zips."
  type        = string
  default     = "../../../build/lambda"
}

output "images" {
  description = "The names and addresses of the pipeline, and commands that use it."
  value       = module.images
}
