# Who may take the two roles, as GitHub says it in a token's sub. Replace OWNER/REPOSITORY.
plan_subjects   = ["repo:OWNER/REPOSITORY:pull_request", "repo:OWNER/REPOSITORY:ref:refs/heads/main"]
deploy_subjects = ["repo:OWNER/REPOSITORY:environment:production"]

# true if the account trusts GitHub already.
provider_exists = false
