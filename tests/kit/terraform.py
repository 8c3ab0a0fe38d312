"""Terraform for the tests: how it is run, where its provider is, and what it makes."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from ops.names import SERVICES
from ops.settings import ROOT

NAMES = {"account": "123456789012", "region": "eu-west-1"}

# The root modules of a pipeline, the modules that they apply, and the run of terraform/tests that makes the platform.
ROOTS = ("platform", "services")
MAKING = ("platform", "deployment")
PLATFORM_RUN = "an_image_goes_from_the_input_bucket_to_the_first_queue_and_has_a_row"

# Folders of a plugin mirror where TERRAFORM_PLUGIN_MIRROR is not set: Terraform's own places, and one for containers.
# https://developer.hashicorp.com/terraform/cli/config/config-file#implied-local-mirror-directories
USUAL_MIRRORS = (
    "~/.terraform.d/plugins",
    "~/.local/share/terraform/plugins",
    "/usr/local/share/terraform/plugins",
    "/usr/share/terraform/plugins",
    "/opt/*",
)
PROVIDER = "*/hashicorp/aws/*/*/terraform-provider-aws_*"

WRAPPER = """
variable "settings_files" { type = list(string) }

module "pipeline" {
  source   = "./terraform/modules/pipeline"
  for_each = { for index, file in var.settings_files : tostring(index) => file }
  settings = yamldecode(file(each.value))
  account  = "123456789012"
  region   = "eu-west-1"

  partition  = "aws"
  dns_suffix = "amazonaws.com"
}

output "pipelines" { value = module.pipeline }
"""


def terraform(*words, folder, **env):
    """Run Terraform, independently of this machine's own configuration of it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
    command = ["terraform", f"-chdir={folder}", *words]
    return subprocess.run(command, env=kept | env, capture_output=True, text=True, check=False, timeout=600)


def mirror():
    """The folder for `terraform init -plugin-dir`, with the AWS provider in it; None if there is none."""
    configured = os.environ.get("TERRAFORM_PLUGIN_MIRROR")
    for place in (configured,) if configured else USUAL_MIRRORS:
        path = Path(place).expanduser()
        folders = path.parent.glob(path.name) if path.name == "*" else [path]
        for folder in folders:
            if next(folder.glob(PROVIDER), None):
                return folder
    return None


def copied(folder):
    """A copy of terraform/, with pipeline.yaml and its schema above it: Terraform leaves nothing in the work tree."""
    ignored = shutil.ignore_patterns(".terraform*", "*.tfstate*")
    shutil.copytree(ROOT / "terraform", folder / "terraform", ignore=ignored)
    for name in ("pipeline.yaml", "pipeline.schema.json"):
        shutil.copy(ROOT / name, folder)
    return folder


def urls_of(names):
    """The URL of each queue on AWS, by its name."""
    return {
        queue: f"https://sqs.{names.region}.amazonaws.com/{names.account}/{queue}"
        for service in SERVICES
        for queue in (names.queue(service), names.dlq(service))
    }


def resources(module):
    """The values of a module's resources, and of those of its submodules, by address."""
    own = {each["address"]: each["values"] for each in module.get("resources", [])}
    for child in module.get("child_modules", []):
        own |= resources(child)
    return own


def policy_of_run(folder, account, test, run, address):
    """The policy that a run of `terraform test` made of terraform/github, for the pipeline of the account.

    Args:
        folder: an empty one, for Terraform's copy.
        account: account whose names replace those of the test's settings.
        test: file of terraform/tests.
        run: its run.
        address: of the policy in the run's state.
    """
    if shutil.which("terraform") is None or mirror() is None:
        pytest.skip("NOT RUN: no Terraform here, or no provider of AWS in a plugin mirror")
    root = copied(folder) / "terraform"
    ran = terraform("init", "-backend=false", f"-plugin-dir={mirror()}", folder=root)
    assert ran.returncode == 0, ran.stderr
    ran = terraform("test", "-json", "-verbose", f"-filter=tests/{test}", folder=root)
    states = [line for line in map(json.loads, ran.stdout.splitlines()) if line["type"] == "test_state"]
    (state,) = (line["test_state"] for line in states if line["@testrun"] == run)
    text = resources(state["root_module"])[address]["policy"]
    names = account.names
    for theirs, ours in {"photos": names.name, "eu-west-1": names.region, "123456789012": names.account}.items():
        text = text.replace(theirs, ours)
    return json.loads(text)
