# Who may assume the two roles, as in the sub of GitHub's tokens. Replace OWNER/REPOSITORY.
plan_subjects   = ["repo:OWNER/REPOSITORY:pull_request", "repo:OWNER/REPOSITORY:ref:refs/heads/main"]
deploy_subjects = ["repo:OWNER/REPOSITORY:environment:production"]

# true if the account already trusts GitHub.
provider_exists = false
