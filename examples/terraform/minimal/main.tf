# A pipeline with its default settings. `make package` builds the zips; a release has them too.
module "images" {
  source = "../../../terraform" # elsewhere: git::https://github.com/OWNER/REPOSITORY.git//terraform?ref=v1.0.0
  name   = "photos"
  zips   = { for service in ["resize", "watermark", "store"] : service => { path = "${var.zips}/${service}.zip" } }
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
