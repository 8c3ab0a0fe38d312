output "plan_role_arn" {
  description = "What the repository's variable AWS_PLAN_ROLE_ARN is set to."
  value       = aws_iam_role.this["plan"].arn
}

output "deploy_role_arn" {
  description = "What the variable AWS_DEPLOY_ROLE_ARN is set to, of the environment production."
  value       = aws_iam_role.this["deploy"].arn
}

output "region" {
  description = "What the repository's variable AWS_REGION is set to."
  value       = local.region
}
