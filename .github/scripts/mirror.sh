#!/usr/bin/env bash
# mirror.sh FOLDER/providers: the provider of AWS as files that `terraform init -plugin-dir` takes.
# `terraform providers mirror` writes zips; what `init` unpacks, with its signature checked, is as good and starts at once.
set -euo pipefail

folder="$1"
if [[ -z $(find -L "$folder" -type f -name 'terraform-provider-aws_*' 2> /dev/null) ]]; then
  mkdir -p "$(dirname "$folder")"
  TF_DATA_DIR="$(realpath "$(dirname "$folder")")" terraform -chdir=terraform init -backend=false -input=false
fi
find -L "$folder" -type f -name 'terraform-provider-aws_*' | grep .
