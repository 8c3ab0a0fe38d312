# Nothing is applied from here: this is where `terraform test` runs, over the modules and the roots.
terraform {
  required_version = ">= 1.10"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}
