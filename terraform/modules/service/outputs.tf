output "function" {
  description = "The name of the function."
  value       = aws_lambda_function.this.function_name
}

output "version" {
  description = "The version that the alias live points to."
  value       = aws_lambda_alias.live.function_version
}

output "log_group" {
  description = "The name of the function's log group."
  value       = aws_cloudwatch_log_group.this.name
}

output "role_arn" {
  description = "The ARN of the function's role."
  value       = aws_iam_role.this.arn
}

output "permissions_boundary_arn" {
  description = "The ARN of the policy that the function's role cannot exceed; null for none."
  value       = aws_iam_role.this.permissions_boundary
}
