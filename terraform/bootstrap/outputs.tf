output "state_bucket" {
  description = "The name of the bucket that keeps the states."
  value       = module.state.id
}
