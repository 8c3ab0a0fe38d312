output "function" {
  description = "The name of the service's function."
  value       = module.stage.function
}

output "version" {
  description = "The version of the function that works its queue off."
  value       = module.stage.version
}

output "logs" {
  description = "The command that follows the function's log."
  value       = "aws logs tail ${module.stage.log_group} --follow --region ${data.aws_region.current.name}"
}
