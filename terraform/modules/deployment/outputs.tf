output "function" {
  description = "The name of the service's function."
  value       = module.service.function
}

output "version" {
  description = "The version of the function that processes its queue."
  value       = module.service.version
}

output "log_group" {
  description = "The name of the function's log group."
  value       = module.service.log_group
}

output "permissions_boundary_arn" {
  description = "The ARN of the policy that the function's role cannot exceed; null for none."
  value       = module.service.permissions_boundary_arn
}
