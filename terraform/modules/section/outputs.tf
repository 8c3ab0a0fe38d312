output "problems" {
  description = "What is wrong, a sentence each: the setting, its value and what is allowed."
  value       = local.problems
}
