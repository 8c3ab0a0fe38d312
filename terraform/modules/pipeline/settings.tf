# What pipeline.yaml says in a word or a list of words: as ops/settings.py and shared/overrides.py have it. Its other
# sections have a file each.
module "top" {
  source = "../section"
  path   = ""
  values = { for setting in ["formats", "metadata", "pages", "overrides", "encryption", "permissions_boundary", "state"] : setting => var.settings[setting] if can(var.settings[setting]) }

  rules = {
    formats              = { kind = "list", words = local.formats }
    metadata             = { kind = "choice", words = local.metadata }
    pages                = { kind = "choice", words = ["first", "all"] }
    overrides            = { kind = "list", words = local.overrides }
    encryption           = { kind = "choice", words = ["aws", "customer"] }
    state                = { kind = "choice", words = ["local", "s3"] }
    permissions_boundary = { kind = "text", longest = 128, nullable = true }
  }
}

locals {
  # What the text of a name may be, which a section does not know.
  # https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html
  top_problems = concat(module.top.problems, [
    for name in local.permissions_boundary[*] :
    "permissions_boundary is ${jsonencode(name)}; allowed: the name of a policy of the account, messages, digits and _+=,.@-, or null."
    if startswith(jsonencode(name), "\"") && try(length(name) <= 128, false) && name != "" && !can(regex("^[A-Za-z0-9_+=,.@-]+$", name))
  ])

  encryption = try(var.settings.encryption, "aws")
  state      = try(var.settings.state, "local")

  permissions_boundary = try(var.settings.permissions_boundary, null)

  # What may be uploaded: as services/resize/settings.py has it.
  formats = ["jpeg", "png", "gif", "webp", "avif", "heic", "tiff", "bmp", "jpeg2000"]

  # What of a source's own metadata outputs keep.
  metadata = ["none", "copyright"]

  # What an uploader may override for one image: as shared/overrides.py has it.
  overrides = [
    "renditions", "quality", "format", "fit", "gravity", "watermark", "watermark-text", "watermark-position",
    "watermark-opacity", "metadata",
  ]
}
