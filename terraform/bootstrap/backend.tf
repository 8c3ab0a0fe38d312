# Where the state lies is said at `terraform init -backend-config=path=…`, so that each service has one of its own.
terraform {
  backend "local" {}
}
