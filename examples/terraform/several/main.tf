# Two pipelines of one account, each with its own settings. Both run the zips of one release, which are downloaded.
locals {
  pipelines = {
    avatars = { renditions = [{ name = "avatar", width = 256, height = 256, fit = "cover", watermark = false }] }
    press   = { metadata = "copyright", services = { resize = { memory_mb = 3008 } } }
  }
}

module "images" {
  source   = "../../../terraform" # elsewhere: git::https://github.com/OWNER/REPOSITORY.git//terraform?ref=v1.0.0
  for_each = local.pipelines

  name     = each.key
  settings = each.value
  zips     = { for service, sha256 in var.sha256 : service => { url = "${var.release_url}/${service}.zip", sha256 = sha256 } }
}

variable "release_url" {
  description = "Where the release's zips are, such as https://github.com/OWNER/REPOSITORY/releases/download/v1.0.0."
  type        = string
}

variable "sha256" {
  description = "The SHA-256 of each service's zip, as SHA256SUMS of the release states it."
  type        = map(string)
}

output "images" {
  description = "The names and addresses of each pipeline, and commands that use it."
  value       = module.images
}
