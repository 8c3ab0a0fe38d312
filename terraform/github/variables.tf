variable "plan_subjects" {
  description = "Who may plan, as in the sub of GitHub's tokens: pull requests and the main branch."
  type        = list(string)

  # A subject names one repository: no part of it may be a pattern.
  validation {
    condition = length(var.plan_subjects) > 0 && alltrue([
      for subject in var.plan_subjects :
      can(regex("^repo:[A-Za-z0-9_-]+(@[0-9]+)?/[A-Za-z0-9._-]+(@[0-9]+)?:(pull_request|ref:refs/heads/[A-Za-z0-9._/-]+|environment:[A-Za-z0-9._-]+)$", subject))
    ])
    error_message = "plan_subjects is ${jsonencode(var.plan_subjects)}; allowed: repo:OWNER/REPOSITORY:pull_request, …:ref:refs/heads/BRANCH or …:environment:NAME, without wildcards."
  }
}

variable "deploy_subjects" {
  description = "Who may deploy, as in the sub of GitHub's tokens: an environment, whose rules require a person's approval."
  type        = list(string)

  validation {
    condition = length(var.deploy_subjects) > 0 && alltrue([
      for subject in var.deploy_subjects :
      can(regex("^repo:[A-Za-z0-9_-]+(@[0-9]+)?/[A-Za-z0-9._-]+(@[0-9]+)?:environment:[A-Za-z0-9._-]+$", subject))
    ])
    error_message = "deploy_subjects is ${jsonencode(var.deploy_subjects)}; allowed: repo:OWNER/REPOSITORY:environment:NAME, without wildcards."
  }
}

variable "provider_exists" {
  description = "Whether the account already has an OpenID Connect provider for GitHub, of which it can have only one."
  type        = bool
  default     = false
}

variable "boundary_exists" {
  description = "Whether the account already has the policy that permissions_boundary of pipeline.yaml names, made elsewhere."
  type        = bool
  default     = false
}

variable "settings_file" {
  description = "The path of the settings; null for the repository's pipeline.yaml."
  type        = string
  default     = null

  validation {
    condition     = var.settings_file == null || can(yamldecode(file(var.settings_file)).name)
    error_message = "settings_file must be the path of a YAML file with a name in it."
  }
}

variable "tags" {
  description = "Tags of every resource, besides Pipeline and ManagedBy."
  type        = map(string)
  default     = {}

  validation {
    condition     = length(var.tags) <= 40 && alltrue([for key in keys(var.tags) : !startswith(lower(key), "aws:")])
    error_message = "tags must have at most 40 tags, none of which begins with aws:, which AWS reserves."
  }
}
