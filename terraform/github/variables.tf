variable "plan_subjects" {
  description = "Who may plan, as GitHub says it in a token's sub: of pull requests and of the main branch."
  type        = list(string)

  # A subject names one repository, whatever follows: not one in it may be a pattern.
  validation {
    condition = length(var.plan_subjects) > 0 && alltrue([
      for subject in var.plan_subjects :
      can(regex("^repo:[A-Za-z0-9_-]+(@[0-9]+)?/[A-Za-z0-9._-]+(@[0-9]+)?:(pull_request|ref:refs/heads/[A-Za-z0-9._/-]+|environment:[A-Za-z0-9._-]+)$", subject))
    ])
    error_message = "plan_subjects is ${jsonencode(var.plan_subjects)}; allowed: repo:OWNER/REPOSITORY:pull_request, …:ref:refs/heads/BRANCH or …:environment:NAME, without wildcards."
  }
}

variable "deploy_subjects" {
  description = "Who may deploy, as GitHub says it in a token's sub: of an environment, whose rules ask a person."
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
  description = "Whether the account trusts GitHub already: it can be known so only once."
  type        = bool
  default     = false
}

variable "boundary_exists" {
  description = "Whether the account has the policy that permissions_boundary of pipeline.yaml names already, made by others."
  type        = bool
  default     = false
}

variable "settings_file" {
  description = "The path of the settings; null for the repository's pipeline.yaml."
  type        = string
  default     = null

  validation {
    condition     = var.settings_file == null || can(yamldecode(file(var.settings_file)).name)
    error_message = "settings_file is not YAML file with a name in it."
  }
}

variable "tags" {
  description = "Tags of every resource, beside Pipeline and ManagedBy."
  type        = map(string)
  default     = {}

  validation {
    condition     = length(var.tags) <= 40 && alltrue([for key in keys(var.tags) : !startswith(lower(key), "aws:")])
    error_message = "tags has more than 40, or one that begins with aws:, which AWS keeps for itself."
  }
}
