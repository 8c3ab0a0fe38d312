# What follows from pipeline.yaml, and which settings are refused. That ops/ derives the same is tested by
# tests/terraform/test_roots.py.
variables {
  settings = { name = "photos" }
  account  = "123456789012"
  region   = "eu-west-1"

  partition  = "aws"
  dns_suffix = "amazonaws.com"
}

run "no_service_may_do_anything_by_a_wildcard" {
  module {
    source = "./modules/pipeline"
  }

  assert {
    condition = alltrue(flatten([
      for policy in values(output.role_policies) : [
        for statement in policy.Statement : [
          statement.Effect == "Allow",
          alltrue([for action in statement.Action : !strcontains(action, "*")]),
          # The objects of one bucket, and the streams of one log group.
          can(regex("^arn:aws:s3:::photos-(input|work|output)-123456789012-eu-west-1/\\*$", statement.Resource))
          || can(regex("log-group:/aws/lambda/photos-[a-z]+:\\*$", statement.Resource))
          || !strcontains(statement.Resource, "*"),
        ]
      ]
    ]))
    error_message = "a role is wider than what its service needs"
  }
}

run "only_resize_may_request_labels_and_only_while_moderation_is_on" {
  module {
    source = "./modules/pipeline"
  }

  variables {
    settings = { name = "photos", moderation = { enabled = true } }
  }

  assert {
    condition = {
      for service, policy in output.role_policies : service => jsonencode([
        for statement in policy.Statement : statement if statement.Resource == "*"
      ])
      } == {
      resize    = jsonencode([{ Sid = "Moderate", Effect = "Allow", Action = ["rekognition:DetectModerationLabels"], Resource = "*" }])
      watermark = "[]"
      store     = "[]"
    }
    error_message = "a wildcard is for something other than moderation"
  }
}

run "only_resize_may_look_for_faces_and_only_where_they_are_hidden_or_cropped_around" {
  module {
    source = "./modules/pipeline"
  }

  variables {
    settings = { name = "photos", moderation = { enabled = true, faces = "blur" } }
  }

  assert {
    condition = {
      for service, policy in output.role_policies : service => [
        for statement in policy.Statement : statement.Sid if statement.Resource == "*"
      ]
    } == { resize = ["Moderate", "FindFaces"], watermark = [], store = [] }
    error_message = "another service may look for faces, or resize may not"
  }
}

run "a_crop_around_faces_needs_no_moderation" {
  module {
    source = "./modules/pipeline"
  }

  variables {
    settings = { name = "photos", profiles = [
      { prefix = "a/" },
      { prefix = "team/", renditions = [{ name = "a", fit = "cover", gravity = "faces" }] },
    ] }
  }

  assert {
    condition = jsonencode([
      for statement in output.role_policies.resize.Statement : statement if statement.Resource == "*"
    ]) == jsonencode([{ Sid = "FindFaces", Effect = "Allow", Action = ["rekognition:DetectFaces"], Resource = "*" }])
    error_message = "resize may not look for faces, or may do more"
  }
}

run "faces_are_not_looked_for_while_moderation_is_off" {
  module {
    source = "./modules/pipeline"
  }

  variables {
    settings = { name = "photos", renditions = null, moderation = { enabled = false, faces = "blur" } }
  }

  assert {
    condition     = alltrue([for statement in output.role_policies.resize.Statement : statement.Resource != "*"])
    error_message = "resize may ask Rekognition"
  }
}

run "no_service_may_use_a_key_where_there_is_none" {
  module {
    source = "./modules/pipeline"
  }

  assert {
    condition     = alltrue([for policy in values(output.role_policies) : !strcontains(jsonencode(policy), "kms:")])
    error_message = "a service has permissions for a key"
  }
}

run "every_service_may_use_the_customer_s_key_and_no_other" {
  module {
    source = "./modules/pipeline"
  }

  variables {
    kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  }

  assert {
    condition = alltrue([
      for policy in values(output.role_policies) : jsonencode([
        for statement in policy.Statement : statement if strcontains(jsonencode(statement), "kms")
        ]) == jsonencode([
        { Sid = "UseTheKey", Effect = "Allow", Action = ["kms:Decrypt", "kms:GenerateDataKey"], Resource = var.kms_key_arn }
      ])
    ])
    error_message = "a service may do something else with the key, or nothing"
  }
}

run "only_store_reaches_the_output_and_only_resize_the_input" {
  module {
    source = "./modules/pipeline"
  }

  assert {
    condition = {
      for service, policy in output.role_policies : service => sort([
        for bucket in distinct([for statement in policy.Statement : split("/", statement.Resource)[0] if startswith(statement.Resource, "arn:aws:s3:::")]) :
        element(split("-", bucket), 1)
      ])
    } == { resize = tolist(["input", "work"]), watermark = tolist(["work"]), store = tolist(["output", "work"]) }
    error_message = "a service reaches another bucket"
  }
}

run "s3_reports_only_uploads_unless_outputs_follow_deletions" {
  module {
    source = "./modules/pipeline"
  }

  assert {
    condition     = output.events == ["s3:ObjectCreated:*"]
    error_message = "S3 reports other events"
  }
}

run "s3_reports_deletions_where_outputs_follow_them" {
  module {
    source = "./modules/pipeline"
  }

  variables {
    settings = { name = "photos", output = { follow_deletes = true } }
  }

  assert {
    condition     = output.events == ["s3:ObjectCreated:*", "s3:LifecycleExpiration:DeleteMarkerCreated", "s3:ObjectRemoved:*"]
    error_message = "S3 does not report deletions"
  }
}

run "pages_of_other_origins_may_not_upload_by_default" {
  module {
    source = "./modules/pipeline"
  }

  assert {
    condition     = length(output.cors_origins) == 0
    error_message = "pages of other origins may upload"
  }
}

run "pages_of_the_origins_of_the_settings_may_upload" {
  module {
    source = "./modules/pipeline"
  }

  variables {
    settings = { name = "photos", uploads = { cors_origins = ["https://app.example.com", "http://localhost:3000"] } }
  }

  assert {
    condition     = output.cors_origins == tolist(["https://app.example.com", "http://localhost:3000"])
    error_message = "other origins than those of the settings may upload"
  }
}

run "values_out_of_bounds_are_refused" {
  command = plan

  module {
    source = "./modules/pipeline"
  }

  variables {
    settings = {
      name      = "photos"
      services  = { resize = { max_receive_count = 5 } }
      retention = { dlq_days = 15 }
    }
  }

  expect_failures = [output.name]
}

run "work_objects_that_expire_before_a_dlq_message_are_refused" {
  command = plan

  module {
    source = "./modules/pipeline"
  }

  variables {
    settings = { name = "photos", retention = { work_days = 14 } }
  }

  expect_failures = [output.name]
}

run "an_unknown_encryption_or_state_is_refused" {
  command = plan

  module {
    source = "./modules/pipeline"
  }

  variables {
    settings = { name = "photos", encryption = "kms", state = "git" }
  }

  expect_failures = [output.name]
}

run "a_retention_that_cloudwatch_does_not_support_is_refused" {
  command = plan

  module {
    source = "./modules/pipeline"
  }

  variables {
    settings = { name = "photos", retention = { logs_days = 31 } }
  }

  expect_failures = [output.name]
}

run "settings_that_only_functions_read_are_passed_through" {
  command = plan

  module {
    source = "./modules/pipeline"
  }

  variables {
    settings = { name = "photos", watermark = { opacity = 2 }, profiles = [{ prefix = "a/", metadata = "none", nonsense = 1 }] }
  }

  assert {
    condition = {
      for service, environment in output.environments : service => [for name in ["WATERMARK", "PROFILES"] : try(environment[name], "")]
      } == {
      resize    = ["", "[{\"metadata\":\"none\",\"nonsense\":1,\"prefix\":\"a/\"}]"]
      watermark = ["{\"opacity\":2}", "[{\"nonsense\":1,\"prefix\":\"a/\"}]"]
      store     = ["", ""]
    }
    error_message = "a function does not get the setting"
  }
}

run "china_has_another_partition_and_other_domains" {
  module {
    source = "./modules/pipeline"
  }

  variables {
    region     = "cn-north-1"
    partition  = "aws-cn"
    dns_suffix = "amazonaws.com.cn"

    kms_key_arn = "arn:aws-cn:kms:cn-north-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  }

  assert {
    condition = (
      alltrue([for arn in flatten([
        values(output.bucket_arns), values(output.queue_arns), values(output.log_group_arns), output.topic_arn,
        output.operators_arn, flatten([for policy in values(output.role_policies) : policy.Statement[*].Resource]),
      ]) : startswith(arn, "arn:aws-cn:")])
      && output.environments.store.QUEUE_URL == "https://sqs.cn-north-1.amazonaws.com.cn/123456789012/photos-store"
    )
    error_message = "something is in another partition"
  }
}

run "a_bad_name_account_or_region_is_refused" {
  command = plan

  module {
    source = "./modules/pipeline"
  }

  variables {
    settings = { name = "Photos" }
    account  = "12345"
    region   = "Ireland"

    partition  = "AWS"
    dns_suffix = "amazonaws"

    kms_key_arn = "alias/photos"
  }

  expect_failures = [var.settings, var.account, var.region, var.partition, var.dns_suffix, var.kms_key_arn]
}
