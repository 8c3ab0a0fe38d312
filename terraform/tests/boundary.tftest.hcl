# What the functions may at most: that deploys are held to it, and that it is wide enough.
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

run "without_a_boundary_none_is_made_or_asked_for" {
  module {
    source = "./github"
  }

  assert {
    condition     = length(aws_iam_policy.boundary) == 0 && !strcontains(aws_iam_policy.this["permissions"].policy, "Boundary")
    error_message = "a boundary is made, or asked for"
  }
}

run "a_deploy_gives_permissions_to_bounded_roles_alone" {
  module {
    source = "./github"
  }

  variables {
    settings_file = "tests/bounded.yaml"
  }

  # Of what gives a role permissions, nothing without the boundary; and nothing takes the boundary away, or changes it.
  assert {
    condition = alltrue([
      for statement in jsondecode(aws_iam_policy.this["permissions"].policy).Statement :
      try(statement.Condition.StringEquals["iam:PermissionsBoundary"], "") == "arn:aws:iam::123456789012:policy/photos-functions"
      if length(setintersection(statement.Action, ["iam:CreateRole", "iam:PutRolePolicy", "iam:PutRolePermissionsBoundary"])) > 0
    ])
    error_message = "a role without the boundary can be given permissions"
  }

  assert {
    condition = length(setintersection(
      flatten([
        for policy in aws_iam_policy.this : [for statement in jsondecode(policy.policy).Statement : statement.Action]
      ]),
      [
        "iam:AttachRolePolicy", "iam:CreatePolicyVersion", "iam:DeletePolicyVersion", "iam:DeleteRolePermissionsBoundary",
        "iam:SetDefaultPolicyVersion",
      ]
    )) == 0
    error_message = "the boundary can be changed, or taken from a role"
  }

  # Whatever a function needs is within it; moderation, which these settings leave off, too.
  assert {
    condition = alltrue(flatten([
      for policy in values(module.pipeline.role_policies) : [
        for needed in policy.Statement : [
          for action in needed.Action : anytrue([
            for allowed in jsondecode(aws_iam_policy.boundary[0].policy).Statement :
            contains(allowed.Action, action) && contains(flatten([allowed.Resource]), needed.Resource)
          ])
        ]
      ]
    ]))
    error_message = "a function needs what the boundary does not allow"
  }

  assert {
    condition = aws_iam_policy.boundary[0].name == "photos-functions" && toset(flatten([
      for allowed in jsondecode(aws_iam_policy.boundary[0].policy).Statement : allowed.Action if allowed.Resource == "*"
    ])) == toset(["rekognition:DetectModerationLabels", "xray:PutTelemetryRecords", "xray:PutTraceSegments"])
    error_message = "the boundary is called otherwise, or bounds too little"
  }

  assert {
    condition = alltrue(flatten([
      for allowed in jsondecode(aws_iam_policy.boundary[0].policy).Statement : [
        for action in allowed.Action : !strcontains(action, "*") && !startswith(action, "iam:")
      ]
    ]))
    error_message = "the boundary allows by a wildcard, or lets a function give permissions"
  }
}

run "a_boundary_of_others_is_asked_for_and_not_made" {
  module {
    source = "./github"
  }

  variables {
    settings_file   = "tests/bounded.yaml"
    boundary_exists = true
  }

  assert {
    condition = length(aws_iam_policy.boundary) == 0 && strcontains(
      aws_iam_policy.this["permissions"].policy, "arn:aws:iam::123456789012:policy/photos-functions"
    )
    error_message = "the boundary of others is made again, or not asked for"
  }
}
