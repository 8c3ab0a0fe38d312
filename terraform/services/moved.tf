# Where the resources were in states of before this root used a module.
moved {
  from = module.stage
  to   = module.service
}

moved {
  from = module.service
  to   = module.deployment.module.service
}
