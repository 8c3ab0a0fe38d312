# A pipeline whose data is all encrypted with a KMS key of its own, with settings from a file.
module "images" {
  source        = "../../../terraform" # elsewhere: git::https://github.com/OWNER/REPOSITORY.git//terraform?ref=v1.0.0
  name          = "contracts"
  settings_file = "${path.module}/pipeline.yaml"
  settings      = { encryption = "customer" }
  zips          = { for service in ["resize", "watermark", "store"] : service => { path = "${var.zips}/${service}.zip" } }
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
