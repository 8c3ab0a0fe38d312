# `terraform init -backend-config=path=…` sets the path of the state, so that each service has its own.
terraform {
  backend "local" {}
}
