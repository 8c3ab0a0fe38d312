# The permissions boundary: deploys must use it, and it is wide enough for the functions.
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

run "without_the_setting_no_boundary_is_made_or_required" {
  module {
    source = "./github"
  }

  assert {
    condition     = length(aws_iam_policy.boundary) == 0 && !strcontains(aws_iam_policy.this["permissions"].policy, "Boundary")
    error_message = "a boundary is made, or required"
  }
}

run "a_deploy_grants_permissions_only_to_bounded_roles" {
  module {
    source = "./github"
  }

  variables {
    settings_file = "tests/bounded.yaml"
  }

  # Nothing may grant permissions to a role without the boundary, and nothing may remove or change the boundary.
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

  # The boundary contains everything that a function needs, moderation included, which is off in these settings.
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
    ])) == toset(["rekognition:DetectFaces", "rekognition:DetectModerationLabels", "xray:PutTelemetryRecords", "xray:PutTraceSegments"])
    error_message = "the boundary has another name, or is too wide"
  }

  assert {
    condition = alltrue(flatten([
      for allowed in jsondecode(aws_iam_policy.boundary[0].policy).Statement : [
        for action in allowed.Action : !strcontains(action, "*") && !startswith(action, "iam:")
      ]
    ]))
    error_message = "the boundary allows by a wildcard, or lets a function grant permissions"
  }
}

run "a_boundary_made_elsewhere_is_required_and_not_made" {
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
    error_message = "the boundary is made again, or not required"
  }
}
