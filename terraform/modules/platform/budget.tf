# A limit of the account's costs in a month. A filter by tags would see only tags that somebody has activated for billing,
# so that it could stay silent; the whole account's costs are always seen.
resource "aws_budgets_budget" "month" {
  count = module.pipeline.budget == null ? 0 : 1

  name         = module.pipeline.name
  budget_type  = "COST"
  limit_amount = tostring(module.pipeline.budget.monthly_dollars)
  limit_unit   = "USD"
  time_unit    = "MONTHLY"

  dynamic "notification" {
    for_each = { ACTUAL-80 = ["ACTUAL", 80], ACTUAL-100 = ["ACTUAL", 100], FORECASTED-100 = ["FORECASTED", 100] }

    content {
      notification_type          = notification.value[0]
      threshold                  = notification.value[1]
      threshold_type             = "PERCENTAGE"
      comparison_operator        = "GREATER_THAN"
      subscriber_email_addresses = module.pipeline.budget.emails
    }
  }
}
