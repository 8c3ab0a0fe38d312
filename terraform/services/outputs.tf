output "function" {
  description = "The name of the service's function."
  value       = module.deployment.function
}

output "version" {
  description = "The version of the function that processes its queue."
  value       = module.deployment.version
}

output "logs" {
  description = "The command that follows the function's log."
  value       = "aws logs tail ${module.deployment.log_group} --follow --region ${data.aws_service.current.region}"
}
