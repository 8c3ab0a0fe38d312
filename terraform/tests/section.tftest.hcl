# How one mapping of settings is checked. That the rules are Python's is proven by
# tests/architecture/test_terraform_refusals.py.
variables {
  path = "limits"
  rules = {
    whole    = { kind = "whole", low = 2, high = 10000000000 }
    number   = { kind = "number", low = -0.5, high = 0.4 }
    choice   = { kind = "choice", words = ["in", "out"] }
    list     = { kind = "list", words = ["in", "out"] }
    boolean  = { kind = "boolean" }
    text     = { kind = "text", longest = 3 }
    perhaps  = { kind = "text", longest = 3, nullable = true }
    anything = { kind = "anything" }
  }
}

run "the_least_of_everything_is_allowed" {
  module {
    source = "./modules/section"
  }

  variables {
    values = { whole = 2, number = -0.5, choice = "in", list = [], boolean = false, text = "a", perhaps = null, anything = null }
  }

  assert {
    condition     = output.problems == []
    error_message = join("\n", output.problems)
  }
}

run "the_most_of_everything_is_allowed" {
  module {
    source = "./modules/section"
  }

  variables {
    values = {
      whole   = 10000000000, number = 0.4, choice = "out", list = ["out", "in", "in"], boolean = true, text = "a\nb",
      perhaps = "öäü", anything = [{ at = "all" }]
    }
  }

  assert {
    condition     = output.problems == []
    error_message = join("\n", output.problems)
  }
}

run "nothing_has_to_be_given_unless_it_is_required" {
  module {
    source = "./modules/section"
  }

  variables {
    values = {}
    rules = {
      text  = { kind = "text", longest = 3, required = true }
      whole = { kind = "whole", low = 1, high = 2 }
    }
  }

  assert {
    condition     = output.problems == ["limits.text is not given; allowed: a text of 1 to 3 characters."]
    error_message = join("\n", output.problems)
  }
}

run "one_less_than_the_least_is_refused_by_name_and_value" {
  module {
    source = "./modules/section"
  }

  variables {
    values = { whole = 1, number = -0.51, choice = "", list = [""], boolean = null, text = "", perhaps = "" }
  }

  assert {
    condition = toset(output.problems) == toset([
      "limits.whole is 1; allowed: a whole number from 2 to 10000000000.",
      "limits.number is -0.51; allowed: a number from -0.5 to 0.4.",
      "limits.choice is \"\"; allowed: one of in, out.",
      "limits.list is [\"\"]; allowed: a list of some of in, out.",
      "limits.boolean is null; allowed: true or false.",
      "limits.text is \"\"; allowed: a text of 1 to 3 characters.",
      "limits.perhaps is \"\"; allowed: a text of 1 to 3 characters.",
    ])
    error_message = join("\n", output.problems)
  }
}

run "one_more_than_the_most_is_refused" {
  module {
    source = "./modules/section"
  }

  variables {
    values = { whole = 10000000001, number = 0.41, choice = "in ", list = ["in", "up"], boolean = 1, text = "abcd", perhaps = "abcd" }
  }

  assert {
    condition     = length(output.problems) == 7
    error_message = join("\n", output.problems)
  }
}

run "what_only_looks_like_it_is_refused" {
  module {
    source = "./modules/section"
  }

  variables {
    values = { whole = "2", number = "0.1", choice = true, list = "in", boolean = "true", text = 1, perhaps = ["a"] }
  }

  assert {
    condition     = length(output.problems) == 7
    error_message = join("\n", output.problems)
  }
}

run "half_a_number_is_no_whole_one_and_null_is_nothing" {
  module {
    source = "./modules/section"
  }

  variables {
    values = { whole = 2.5, number = null, choice = null, list = null, text = null }
  }

  assert {
    condition     = length(output.problems) == 5
    error_message = join("\n", output.problems)
  }
}

run "what_is_no_setting_is_refused" {
  module {
    source = "./modules/section"
  }

  variables {
    path   = ""
    values = { wohle = 2 }
  }

  assert {
    condition     = output.problems == ["wohle is not a setting; allowed: anything, boolean, choice, list, number, perhaps, text, whole."]
    error_message = join("\n", output.problems)
  }
}

run "what_is_no_mapping_is_refused" {
  module {
    source = "./modules/section"
  }

  variables {
    values = ["whole"]
  }

  assert {
    condition     = output.problems == ["limits is [\"whole\"]; it must be a mapping of settings."]
    error_message = join("\n", output.problems)
  }
}

run "a_rule_that_is_none_is_refused" {
  command = plan

  module {
    source = "./modules/section"
  }

  variables {
    values = {}
    rules  = { whole = { kind = "integer" } }
  }

  expect_failures = [var.rules]
}
