# What a key of the pipeline's own takes; nothing, unless the settings ask for one. It is made, and changed, by a person's
# `make deploy SERVICE=platform`: who may tag keys could make any key of the account one of this pipeline's.
locals {
  # Terraform makes it only where they say so.
  own_key = try(local.settings.encryption, "aws") == "customer"

  # A key is called by a random ID: the tag that Terraform gives it says whose it is.
  any_key_arn = "arn:aws:kms:${local.here}:key/*"
  key_of_ours = { StringEquals = { "aws:ResourceTag/Pipeline" = local.name } }

  key_read_statements = [
    for statement in [
      {
        Sid       = "ReadTheKeysSettings"
        Effect    = "Allow"
        Action    = ["kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags"]
        Resource  = local.any_key_arn
        Condition = local.key_of_ours
      },
      # Lambda shows a function's environment to those alone who may decrypt it.
      # https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html
      {
        Sid      = "ReadEnvironments"
        Effect   = "Allow"
        Action   = ["kms:Decrypt"]
        Resource = local.any_key_arn
        Condition = {
          StringEquals = merge(local.key_of_ours.StringEquals, { "kms:ViaService" = "lambda.${local.region}.amazonaws.com" })
        }
      },
      # As List: AWS lets nobody narrow it.
      { Sid = "ListAliases", Effect = "Allow", Action = ["kms:ListAliases"], Resource = "*" },
    ] : statement if local.own_key
  ]

  key_use_statements = [
    for statement in [
      {
        Sid       = "UseTheKey"
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"]
        Resource  = local.any_key_arn
        Condition = local.key_of_ours
      },
      {
        Sid       = "LetServicesUseTheKey"
        Effect    = "Allow"
        Action    = ["kms:CreateGrant"]
        Resource  = local.any_key_arn
        Condition = merge(local.key_of_ours, { Bool = { "kms:GrantIsForAWSResource" = "true" } })
      },
    ] : statement if local.own_key
  ]
}
