# The roles of the workflows: who assumes them, and that they have no more permissions than they need.
mock_provider "aws" {
  source = "./tests/mocks"
}

override_resource {
  target = aws_iam_openid_connect_provider.github
  values = { arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" }
}

override_resource {
  target = aws_iam_policy.this
  values = { arn = "arn:aws:iam::123456789012:policy/a-policy" }
}

variables {
  settings_file   = "tests/photos.yaml"
  plan_subjects   = ["repo:octo/images:pull_request", "repo:octo/images:ref:refs/heads/main"]
  deploy_subjects = ["repo:octo/images:environment:production"]
}

run "each_role_is_assumed_by_its_own_subjects_and_by_nobody_else" {
  module {
    source = "./github"
  }

  assert {
    condition = alltrue([
      for role, subjects in { plan = var.plan_subjects, deploy = var.deploy_subjects } :
      aws_iam_role.this[role].assume_role_policy == jsonencode({
        Version = "2012-10-17"
        Statement = [
          {
            Effect    = "Allow"
            Principal = { Federated = aws_iam_openid_connect_provider.github[0].arn }
            Action    = "sts:AssumeRoleWithWebIdentity"
            Condition = {
              StringEquals = {
                "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com"
                "token.actions.githubusercontent.com:sub" = subjects
              }
            }
          },
        ]
      })
    ])
    error_message = "a role can be assumed by others"
  }

  assert {
    condition     = aws_iam_openid_connect_provider.github[0].client_id_list == toset(["sts.amazonaws.com"])
    error_message = "tokens for other audiences are accepted"
  }

  assert {
    condition     = { for role in keys(local.roles) : role => aws_iam_role.this[role].name } == { deploy = "photos-github-deploy", plan = "photos-github-plan" }
    error_message = "the roles have other names"
  }

  assert {
    condition = {
      for role in keys(local.roles) : role => [
        for key, each in aws_iam_role_policy_attachment.this : key if each.role == "photos-github-${role}"
      ]
      } == {
      deploy = ["deploy-deliver", "deploy-lock", "deploy-manage", "deploy-permissions", "deploy-read"]
      plan   = ["plan-lock", "plan-read"]
    }
    error_message = "a role has other policies"
  }
}

run "the_permissions_of_the_roles_are_narrow" {
  module {
    source = "./github"
  }

  assert {
    condition = alltrue(flatten([
      for policy in aws_iam_policy.this : [
        for statement in jsondecode(policy.policy).Statement : [
          for action in flatten([statement.Action]) : !strcontains(action, "*")
        ]
      ]
    ]))
    error_message = "an action is allowed by a wildcard"
  }

  # A wildcard resource is only for lists, saved queries, or with a condition.
  assert {
    condition = toset(flatten([
      for policy in aws_iam_policy.this : [
        for statement in jsondecode(policy.policy).Statement : statement.Sid if contains(flatten([statement.Resource]), "*")
      ]
    ])) == toset(["List", "ManageMappings", "SaveQueries"])
    error_message = "all resources are allowed without need"
  }

  assert {
    condition = alltrue(flatten([
      for policy in ["read", "lock"] : [
        for statement in jsondecode(aws_iam_policy.this[policy].policy).Statement : [
          for action in statement.Action : can(regex("^[a-z0-9]+:(Get|List|Describe|View)", action))
        ] if statement.Sid != "LockStates"
      ]
    ]))
    error_message = "a plan changes something"
  }

  assert {
    condition = alltrue(flatten([
      for policy in aws_iam_policy.this : [
        for statement in jsondecode(policy.policy).Statement : [
          for resource in flatten([statement.Resource]) : (
            resource == "*" || can(regex("[:/]photos(-|$)", resource)) || can(regex(":event-source-mapping:\\*$", resource))
          )
        ]
      ]
    ]))
    error_message = "something is allowed that is not the pipeline's"
  }

  assert {
    condition = toset(flatten([
      for policy in aws_iam_policy.this : [
        for statement in jsondecode(policy.policy).Statement : flatten([statement.Resource])
        if anytrue([for action in flatten([statement.Action]) : startswith(action, "iam:")])
      ]
    ])) == toset([for service in ["resize", "watermark", "store"] : "arn:aws:iam::123456789012:role/photos-${service}"])
    error_message = "other roles than the functions' can be changed, perhaps their own"
  }

  assert {
    condition = [
      for statement in jsondecode(aws_iam_policy.this["permissions"].policy).Statement :
      statement.Condition if contains(flatten([statement.Action]), "iam:PassRole")
    ] == [{ StringEquals = { "iam:PassedToService" = "lambda.amazonaws.com" } }]
    error_message = "a role can be passed to services other than Lambda"
  }

  assert {
    condition = toset(flatten([
      for policy in aws_iam_policy.this : [
        for statement in jsondecode(policy.policy).Statement : [
          for action in flatten([statement.Action]) : action if strcontains(action, ":Delete")
        ]
      ]
      ])) == toset([
      "cloudwatch:DeleteAlarms", "cloudwatch:DeleteDashboards", "iam:DeleteRole", "iam:DeleteRolePolicy",
      "lambda:DeleteAlias", "lambda:DeleteEventSourceMapping", "lambda:DeleteFunction", "logs:DeleteQueryDefinition",
      "s3:DeleteBucketPolicy", "s3:DeleteObject", "s3:DeleteObjectVersion",
    ])
    error_message = "something that holds images, messages or rows can be deleted"
  }

  assert {
    condition = toset(flatten([
      for policy in aws_iam_policy.this : [
        for statement in jsondecode(policy.policy).Statement : flatten([statement.Resource])
        if anytrue([for action in flatten([statement.Action]) : startswith(action, "s3:") && strcontains(action, "Object") && action != "s3:GetBucketObjectLockConfiguration"])
      ]
      ])) == toset(concat(
      flatten([
        for root in ["platform", "resize", "watermark", "store"] : [
          for end in ["", ".tflock"] : "arn:aws:s3:::photos-state-123456789012-eu-west-1/${root}.tfstate${end}"
        ]
      ]),
      ["arn:aws:s3:::photos-input-123456789012-eu-west-1/smoke/*", "arn:aws:s3:::photos-output-123456789012-eu-west-1/smoke/*"],
    ))
    error_message = "objects are read or written that are neither states nor smoke"
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_iam_policy.this["manage"].policy).Statement :
      length(statement.Condition.ArnLike["lambda:FunctionArn"]) == 6 if statement.Sid == "ManageMappings"
    ])
    error_message = "mappings of other functions can be changed"
  }
}

run "an_account_that_already_trusts_github_gets_no_second_provider" {
  module {
    source = "./github"
  }

  variables {
    provider_exists = true
  }

  assert {
    condition = (
      length(aws_iam_openid_connect_provider.github) == 0
      && jsondecode(aws_iam_role.this["plan"].assume_role_policy).Statement[0].Principal.Federated
      == "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
    )
    error_message = "GitHub has a second provider, or the role trusts another one"
  }
}

run "subjects_with_numbers_are_accepted" {
  command = plan

  module {
    source = "./github"
  }

  variables {
    plan_subjects   = ["repo:octo-123456/images-456789:pull_request"]
    deploy_subjects = ["repo:octo_corp@123456/images@456789:environment:production"]
  }

  assert {
    condition     = length(aws_iam_role.this) == 2
    error_message = "a role is missing"
  }
}

run "any_repository_of_an_owner_is_refused" {
  command = plan

  module {
    source = "./github"
  }

  variables {
    plan_subjects   = ["repo:octo/*:pull_request"]
    deploy_subjects = ["repo:*/images:environment:production"]
  }

  expect_failures = [var.plan_subjects, var.deploy_subjects]
}

run "anything_of_a_repository_is_refused" {
  command = plan

  module {
    source = "./github"
  }

  variables {
    plan_subjects   = ["repo:octo/images:*"]
    deploy_subjects = ["repo:octo/images:environment:prod*"]
  }

  expect_failures = [var.plan_subjects, var.deploy_subjects]
}

run "a_deploy_without_an_environment_is_refused" {
  command = plan

  module {
    source = "./github"
  }

  variables {
    deploy_subjects = ["repo:octo/images:ref:refs/heads/main"]
  }

  expect_failures = [var.deploy_subjects]
}

run "no_subjects_are_refused" {
  command = plan

  module {
    source = "./github"
  }

  variables {
    plan_subjects   = []
    deploy_subjects = []
  }

  expect_failures = [var.plan_subjects, var.deploy_subjects]
}
