terraform {
  required_version = ">= 1.10"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7"
    }
  }
}

provider "aws" {
  default_tags {
    tags = merge(var.tags, {
      Pipeline  = local.settings.name
      ManagedBy = "terraform"
    })
  }
}
