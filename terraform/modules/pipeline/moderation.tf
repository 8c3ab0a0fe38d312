# What of an image a moderator is shown, and what rejects it: as services/resize/settings.py has it.
module "moderation" {
  source = "../section"
  path   = "moderation"
  values = local.said_of_moderation

  rules = {
    enabled = { kind = "boolean" }
    frames  = { kind = "whole", low = 1, high = 5 }
    labels  = { kind = "anything" }
  }
}

module "moderation_labels" {
  source = "../section"
  path   = "moderation.labels"
  values = local.rejected
  rules  = { for label in local.labels : label => { kind = "number", low = 0, high = 100, nullable = true } }
}

locals {
  said_of_moderation = try(var.settings.moderation, {})
  moderates          = try(tobool(var.settings.moderation.enabled), false)

  # Where the labels are left out, the defaults are right.
  rejected = try(var.settings.moderation.labels, { Explicit = 60 })

  # As services/resize/taxonomy.py has them. https://docs.aws.amazon.com/rekognition/latest/dg/moderation-api.html
  labels = [
    "Explicit", "Explicit Nudity", "Exposed Male Genitalia", "Exposed Female Genitalia", "Exposed Buttocks or Anus",
    "Exposed Female Nipple", "Explicit Sexual Activity", "Sex Toys",
    "Non-Explicit Nudity of Intimate parts and Kissing", "Non-Explicit Nudity", "Bare Back", "Exposed Male Nipple",
    "Partially Exposed Buttocks", "Partially Exposed Female Breast", "Implied Nudity", "Obstructed Intimate Parts",
    "Obstructed Female Nipple", "Obstructed Male Genitalia", "Kissing on the Lips",
    "Swimwear or Underwear", "Female Swimwear or Underwear", "Male Swimwear or Underwear",
    "Violence", "Weapons", "Graphic Violence", "Weapon Violence", "Physical Violence", "Self-Harm", "Blood & Gore",
    "Explosions and Blasts",
    "Visually Disturbing", "Death and Emaciation", "Emaciated Bodies", "Corpses", "Crashes", "Air Crash",
    "Drugs & Tobacco", "Products", "Pills", "Drugs & Tobacco Paraphernalia & Use", "Smoking",
    "Alcohol", "Alcohol Use", "Drinking", "Alcoholic Beverages",
    "Rude Gestures", "Middle Finger",
    "Gambling",
    "Hate Symbols", "Nazi Party", "White Supremacy", "Extremist",
  ]

  moderation_problems = concat(
    module.moderation.problems,
    module.moderation_labels.problems,
    [
      for labels in [local.rejected] :
      "moderation.labels is ${jsonencode(labels)}; allowed: at least one label with a confidence, or nothing would be rejected."
      if try(alltrue([for label in keys(labels) : labels[label] == null]), false)
    ],
  )
}
