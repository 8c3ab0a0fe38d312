# What pipeline.yaml says in a word or a list of words: as ops/settings.py and shared/overrides.py have it. Its other
# sections have a file each.
module "top" {
  source = "../section"
  path   = ""
  values = { for setting in ["metadata", "overrides", "encryption", "state"] : setting => var.settings[setting] if can(var.settings[setting]) }

  rules = {
    metadata   = { kind = "choice", words = local.metadata }
    overrides  = { kind = "list", words = local.overrides }
    encryption = { kind = "choice", words = ["aws", "customer"] }
    state      = { kind = "choice", words = ["local", "s3"] }
  }
}

locals {
  encryption = try(var.settings.encryption, "aws")
  state      = try(var.settings.state, "local")

  # What of a source's own metadata outputs keep.
  metadata = ["none", "copyright"]

  # What an uploader may order for one image: as shared/overrides.py has it.
  overrides = [
    "renditions", "quality", "format", "fit", "gravity", "watermark", "watermark-text", "watermark-position",
    "watermark-opacity", "metadata",
  ]
}
