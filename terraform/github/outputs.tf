output "plan_role_arn" {
  description = "The value of the repository's variable AWS_PLAN_ROLE_ARN."
  value       = aws_iam_role.this["plan"].arn
}

output "deploy_role_arn" {
  description = "The value of the variable AWS_DEPLOY_ROLE_ARN of the environment production."
  value       = aws_iam_role.this["deploy"].arn
}

output "region" {
  description = "The value of the repository's variable AWS_REGION."
  value       = local.region
}
