# What each service may do, and no more, as in ops/local/policies.py.
locals {
  # What only this service does.
  own_statements = {
    resize = [
      {
        Sid      = "ReadUploads"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:GetObjectTagging", "s3:GetObjectVersion", "s3:GetObjectVersionTagging"]
        Resource = "${local.bucket_arns.input}/${local.places.input.prefix}*"
      },
      # S3 answers 404 for a missing key only to callers who may list the bucket, and 403 to all others.
      { Sid = "DistinguishMissingUploads", Effect = "Allow", Action = ["s3:ListBucket"], Resource = local.bucket_arns.input },
      { Sid = "WriteIntermediate", Effect = "Allow", Action = ["s3:PutObject"], Resource = "${local.bucket_arns.work}/*" },
    ]
    watermark = [
      { Sid = "WriteIntermediate", Effect = "Allow", Action = ["s3:GetObject", "s3:PutObject"], Resource = "${local.bucket_arns.work}/*" },
      { Sid = "DistinguishMissingIntermediate", Effect = "Allow", Action = ["s3:ListBucket"], Resource = local.bucket_arns.work },
    ]
    store = [
      {
        Sid      = "ReadAndSweepIntermediate"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:DeleteObject"]
        Resource = "${local.bucket_arns.work}/*"
      },
      { Sid = "DistinguishMissingIntermediate", Effect = "Allow", Action = ["s3:ListBucket"], Resource = local.bucket_arns.work },
      # Reading finds the owner that an output's metadata names, before the output is overwritten or removed.
      {
        Sid      = "WriteOutputs"
        Effect   = "Allow"
        Action   = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject", "s3:PutObjectTagging"]
        Resource = "${local.bucket_arns.output}/${local.places.output.prefix}*"
      },
      { Sid = "DistinguishMissingOutputs", Effect = "Allow", Action = ["s3:ListBucket"], Resource = local.bucket_arns.output },
      # All items of one batch, to say what is missing of it.
      { Sid = "ReadUploadBatches", Effect = "Allow", Action = ["dynamodb:Query"], Resource = local.ledger_arn },
    ]
  }

  role_policies = {
    for service in local.order : service => {
      Version = "2012-10-17"
      Statement = concat(
        [
          {
            Sid    = "ConsumeItsQueue"
            Effect = "Allow"
            # Sending is for requeueing messages that were often received but never begun.
            Action = [
              "sqs:ChangeMessageVisibility",
              "sqs:DeleteMessage",
              "sqs:GetQueueAttributes",
              "sqs:ReceiveMessage",
              "sqs:SendMessage",
            ]
            Resource = local.queue_arns[service]
          },
          { Sid = "SendToItsDlq", Effect = "Allow", Action = ["sqs:SendMessage"], Resource = local.dlq_arns[service] },
          { Sid = "KeepTheLedger", Effect = "Allow", Action = ["dynamodb:GetItem", "dynamodb:UpdateItem"], Resource = local.ledger_arn },
          { Sid = "NotifySubscribers", Effect = "Allow", Action = ["sns:Publish"], Resource = local.topic_arn },
          {
            Sid      = "WriteItsLog"
            Effect   = "Allow"
            Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
            Resource = "${local.log_group_arns[service]}:*"
          },
        ],
        local.own_statements[service],
        # The two statements with a wildcard. The picture is in the request and the model is AWS's own, so the actions
        # support no other resource than *.
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonrekognition.html
        [
          for action in ["rekognition:DetectModerationLabels"] :
          { Sid = "Moderate", Effect = "Allow", Action = [action], Resource = "*" }
          if local.moderates && service == local.order[0]
        ],
        [
          for action in ["rekognition:DetectFaces"] :
          { Sid = "FindFaces", Effect = "Allow", Action = [action], Resource = "*" }
          if local.detects_faces && service == local.order[0]
        ],
        [
          for following in [lookup(local.next, service, null)] :
          { Sid = "SendToTheNextService", Effect = "Allow", Action = ["sqs:SendMessage"], Resource = local.queue_arns[following] }
          if following != null
        ],
        # Where the customer holds the key: to decrypt what is read, and to encrypt what is written.
        [
          for key in var.kms_key_arn[*] :
          { Sid = "UseTheKey", Effect = "Allow", Action = ["kms:Decrypt", "kms:GenerateDataKey"], Resource = key }
        ],
      )
    }
  }
}
