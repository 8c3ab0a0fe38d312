# Permissions for a key of the pipeline's own; none, unless the settings ask for one. A person makes and changes it by
# `make deploy SERVICE=platform`: anyone who may tag keys could make any key of the account one of this pipeline's.
locals {
  # Terraform makes the key only where the settings ask for it.
  own_key = try(local.settings.encryption, "aws") == "customer"

  # A key has a random ID: the tag that Terraform gives it shows whose it is.
  any_key_arn = "arn:${local.partition}:kms:${local.here}:key/*"
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
      # Lambda shows a function's environment only to those who may decrypt it.
      # https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html
      {
        Sid      = "ReadEnvironments"
        Effect   = "Allow"
        Action   = ["kms:Decrypt"]
        Resource = local.any_key_arn
        Condition = {
          StringEquals = merge(local.key_of_ours.StringEquals, { "kms:ViaService" = "lambda.${local.region}.${local.dns_suffix}" })
        }
      },
      # Like List: AWS supports no narrower resource.
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
