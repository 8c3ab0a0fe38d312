# Beside the states of the other roots, in the bucket that `make bootstrap` makes: terraform/github/README.md.
terraform {
  backend "s3" {}
}
