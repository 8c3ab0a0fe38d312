# The zips that are given by their URL, such as those of a release: Terraform has no download of its own. Each is called
# by its SHA-256, so the function changes only with its bytes. Two pipelines may download the same zip at once. Nobody can
# look into one while it is planned, so a plan compares what it is built for with the settings: those of a path come from
# `make package`, which reads the settings, and those of a URL are the default's unless more is given.
locals {
  zips = {
    for service, zip in var.zips : service => merge(zip, {
      path         = coalesce(zip.path, "${path.root}/.terraform/image-pipeline/${coalesce(zip.sha256, "none")}.zip")
      architecture = zip.url == null ? zip.architecture : coalesce(zip.architecture, "arm64")
      runtime      = zip.url == null ? zip.runtime : coalesce(zip.runtime, "python3.13")
      extras       = zip.url == null || zip.extras != null ? zip.extras : tolist([])
    })
  }
}

resource "terraform_data" "zip" {
  for_each         = { for service, zip in var.zips : service => zip if zip.url != null }
  triggers_replace = each.value.sha256

  provisioner "local-exec" {
    command = <<-EOT
      set -eu
      mkdir -p "$(dirname "$ZIP")"
      part=$(mktemp "$ZIP.XXXXXX")
      trap 'rm -f "$part"' EXIT
      curl --fail --silent --show-error --location --retry 3 --output "$part" "$URL"
      if command -v sha256sum >/dev/null; then found=$(sha256sum <"$part"); else found=$(shasum -a 256 <"$part"); fi
      if [ "$${found%% *}" != "$SHA256" ]; then
        echo "$URL has the SHA-256 $${found%% *}; it must be $SHA256 (zips)" >&2
        exit 1
      fi
      mv "$part" "$ZIP"
    EOT

    environment = {
      URL    = each.value.url
      SHA256 = each.value.sha256
      ZIP    = local.zips[each.key].path
    }
  }
}
