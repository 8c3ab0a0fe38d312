"""The examples of the module, applied from nothing to a local AWS: an image gets through, and nothing is left."""

import hashlib
import json
import os
import re
from functools import partial

import pytest
from kit.examples import ran
from kit.terraform import mirror, terraform

from ops.aws.buckets import empty_bucket
from ops.aws.leftovers import everything
from ops.deploy.account import account_of
from ops.deploy.smoke import smoke

# The same zips as before, but another one for store.
OTHER_STORE = """zips = merge(
  { for service in ["resize", "watermark"] : service => { path = "${var.zips}/${service}.zip" } },
  { store = { path = "main.tf" } },
)"""

# Changes of a configuration that is applied, as an override file, and what they change.
CHANGED = {
    "a platform's setting": ("settings = { retention = { dlq_days = 10 } }", {"platform"}),
    "the zip of store": (OTHER_STORE, {"store"}),
}


def changes(run, folder, argument):
    """The services, or the platform, that a plan changes for another argument of the module."""
    override = folder / "changed_override.tf"
    override.write_text(f'module "images" {{\n  {argument}\n}}\n', encoding="utf-8")
    text = run("plan", "-no-color")
    override.unlink()
    assert re.search(r"Plan: 0 to add, [1-9][0-9]* to change, 0 to destroy", text), text
    return set(re.findall(r"# module\.images\.module\.(\w+)\.\S+ will be", text))


def used(outputs, folder, process):
    """Let an image through a pipeline, as the command line does from the module's own outputs; the account."""
    path = folder / f"{outputs['buckets']['input']}.yaml"
    path.write_text(outputs["settings"], encoding="utf-8")
    account = account_of(path, process.environment())
    assert smoke(account, timeout_seconds=180).outcome == "stored"
    return account


def emptied(account):
    """Empty the buckets that a pipeline made, which Terraform does not."""
    for bucket in account.names.own_buckets:
        empty_bucket(account.s3, bucket)


@pytest.mark.parametrize("name", ["minimal", "customer-key"])
def test_an_example_works_and_leaves_nothing(example, process, zips, tmp_path, name):
    run = example(name, f"-var=zips={zips['store'].parent}")
    outputs = json.loads(run("output", "-json", "images"))
    account = used(outputs, tmp_path, process)
    assert "No changes." in run("plan", "-no-color")
    assert (outputs["kms_key_arn"] is not None) is (name == "customer-key")
    if name == "minimal":
        found = {what: changes(run, run.folder, argument) for what, (argument, _) in CHANGED.items()}
        assert found == {what: parts for what, (_, parts) in CHANGED.items()}
    emptied(account)
    run("destroy", "-auto-approve", "-no-color")
    assert everything(account) == []


def test_several_pipelines_of_one_account_run_downloaded_zips(example, process, zips, tmp_path):
    digests = {service: hashlib.sha256(path.read_bytes()).hexdigest() for service, path in zips.items()}
    release = zips["store"].parent.as_uri()
    run = example("several", f"-var=release_url={release}", f"-var=sha256={json.dumps(digests)}")
    pipelines = json.loads(run("output", "-json", "images"))
    assert pipelines.keys() == {"avatars", "press"}
    accounts = {name: used(outputs, tmp_path, process) for name, outputs in pipelines.items()}
    assert "No changes." in run("plan", "-no-color")
    for account in accounts.values():
        emptied(account)
    run("destroy", "-auto-approve", "-no-color")
    assert {name: everything(account) for name, account in accounts.items()} == {"avatars": [], "press": []}


def test_a_zip_with_another_digest_is_not_deployed(tree, process, zips):
    environment = process.environment() | {"TF_CLI_CONFIG_FILE": os.devnull}
    folder = tree / "examples" / "terraform" / "several"
    run = partial(terraform, folder=folder, **environment)
    ran(run("init", "-no-color", f"-plugin-dir={mirror()}"))
    digests = dict.fromkeys(zips, "0" * 64)
    variables = (f"-var=release_url={zips['store'].parent.as_uri()}", f"-var=sha256={json.dumps(digests)}")
    done = run("apply", "-auto-approve", "-no-color", '-target=module.images["press"].terraform_data.zip', *variables)
    assert done.returncode != 0
    assert f"it must be {'0' * 64} (zips)" in " ".join(done.stderr.split())
    assert not list((folder / ".terraform" / "image-pipeline").glob(f"{'0' * 64}.zip*"))
