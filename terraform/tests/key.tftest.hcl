# Who may use the customer's key.
mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name             = "photos"
  alias            = "alias/photos"
  account          = "123456789012"
  region           = "eu-west-1"
  input_bucket_arn = "arn:aws:s3:::photos-input"
  notices_arn      = "arn:aws:sns:eu-west-1:123456789012:photos-notices"
  operators_arn    = "arn:aws:sns:eu-west-1:123456789012:photos-operators"
  log_group_arns   = ["arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/photos-resize"]
}

run "the_key_is_rotated_and_found_by_its_alias" {
  module {
    source = "./modules/key"
  }

  assert {
    condition     = aws_kms_key.this.enable_key_rotation && aws_kms_key.this.deletion_window_in_days == 30
    error_message = "the key is not rotated, or is deleted too soon"
  }

  assert {
    condition     = aws_kms_alias.this.name == "alias/photos" && aws_kms_alias.this.target_key_id == aws_kms_key.this.id
    error_message = "the alias differs"
  }
}

run "only_iam_may_grant_everything" {
  module {
    source = "./modules/key"
  }

  assert {
    condition = [
      for statement in jsondecode(aws_kms_key.this.policy).Statement : statement.Principal if contains(flatten([statement.Action]), "kms:*")
    ] == [{ AWS = "arn:aws:iam::123456789012:root" }]
    error_message = "somebody besides IAM may do everything with the key"
  }
}

run "each_service_of_aws_may_use_it_only_for_this_pipeline" {
  module {
    source = "./modules/key"
  }

  assert {
    condition = {
      for statement in jsondecode(aws_kms_key.this.policy).Statement :
      statement.Principal.Service => jsonencode(statement.Condition) if can(statement.Principal.Service)
      } == {
      "s3.amazonaws.com" = jsonencode({
        ArnLike      = { "aws:SourceArn" = "arn:aws:s3:::photos-input" }
        StringEquals = { "aws:SourceAccount" = "123456789012" }
      })
      "sns.amazonaws.com" = jsonencode({
        ArnLike = { "aws:SourceArn" = "arn:aws:sns:eu-west-1:123456789012:photos-notices" }
      })
      "cloudwatch.amazonaws.com" = jsonencode({
        StringEquals = { "kms:EncryptionContext:aws:sns:topicArn" = "arn:aws:sns:eu-west-1:123456789012:photos-operators" }
      })
      "logs.eu-west-1.amazonaws.com" = jsonencode({
        ArnEquals = {
          "kms:EncryptionContext:aws:logs:arn" = ["arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/photos-resize"]
        }
      })
    }
    error_message = "a service of AWS may use the key for other resources, or not at all"
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_kms_key.this.policy).Statement :
      contains(statement.Action, "kms:Decrypt") && anytrue([for action in statement.Action : startswith(action, "kms:GenerateDataKey")])
      if can(statement.Principal.Service)
    ])
    error_message = "a service of AWS cannot encrypt and decrypt"
  }
}

run "a_sovereign_region_has_a_key" {
  command = plan

  module {
    source = "./modules/key"
  }

  variables {
    region = "eusc-de-east-1"
  }
}

run "a_bad_value_is_refused" {
  command = plan

  module {
    source = "./modules/key"
  }

  variables {
    alias            = "alias/aws/photos"
    account          = "12345"
    region           = "Ireland"
    input_bucket_arn = "photos-input"
    notices_arn      = "photos-notices"
    operators_arn    = "photos-operators"
    log_group_arns   = ["arn:aws:logs:eu-west-1:123456789012:log-group:*"]
  }

  expect_failures = [
    var.alias,
    var.account,
    var.region,
    var.input_bucket_arn,
    var.notices_arn,
    var.operators_arn,
    var.log_group_arns,
  ]
}

run "the_rule_of_uploads_may_use_it_in_place_of_s3" {
  module {
    source = "./modules/key"
  }

  variables {
    rule_arn = "arn:aws:events:eu-west-1:123456789012:rule/photos-uploads"
  }

  assert {
    condition = {
      for statement in jsondecode(aws_kms_key.this.policy).Statement :
      statement.Principal.Service => jsonencode(statement.Condition)
      if contains(["s3.amazonaws.com", "events.amazonaws.com"], try(statement.Principal.Service, ""))
      } == {
      "events.amazonaws.com" = jsonencode({
        ArnLike      = { "aws:SourceArn" = "arn:aws:events:eu-west-1:123456789012:rule/photos-uploads" }
        StringEquals = { "aws:SourceAccount" = "123456789012" }
      })
    }
    error_message = "somebody else may use the key, or the rule may not"
  }
}
