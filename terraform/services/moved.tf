# Where the resources were in states of before this root used a module, and of before a stage was called a service.
moved {
  from = module.stage
  to   = module.service
}

moved {
  from = module.service
  to   = module.deployment.module.service
}
