"""The examples of the module, applied from nothing to a local AWS: an image gets through, and nothing is left."""

import hashlib
import json
import os
import re
import shutil
from functools import partial

import pytest
from kit.terraform import copied, mirror, terraform

from ops.aws.buckets import empty_bucket
from ops.aws.leftovers import everything
from ops.deploy.account import account_of
from ops.deploy.smoke import smoke
from ops.local import emulator, stack
from ops.settings import ROOT


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of terraform/ and of the module's examples."""
    folder = copied(tmp_path_factory.mktemp("module"))
    ignored = shutil.ignore_patterns(".terraform*", "*.tfstate*")
    shutil.copytree(ROOT / "examples" / "terraform", folder / "examples" / "terraform", ignore=ignored)
    return folder


@pytest.fixture(scope="module")
def zips():
    """The services' zips for this machine."""
    return stack.build_zips()


@pytest.fixture(scope="module")
def process():
    """A local AWS that speaks TLS and enforces IAM."""
    running = emulator.start(tls=True)
    yield running
    running.end()


@pytest.fixture
def example(tree, process):
    """Runs Terraform in an example of a name; its resources are destroyed at the end."""
    environment = process.environment() | {"TF_CLI_CONFIG_FILE": os.devnull}
    applied = []

    def running(name, *variables):
        folder = tree / "examples" / "terraform" / name

        def run(*words):
            taken = variables if words[0] in {"apply", "plan", "destroy"} else ()
            said = ran(terraform(*words, *taken, folder=folder, **environment))
            if words[0] == "destroy":
                applied.remove(run)
            return said

        run.folder = folder
        run("init", "-no-color", f"-plugin-dir={mirror()}")
        applied.append(run)
        run("apply", "-auto-approve", "-no-color")
        return run

    yield running
    while applied:
        applied[-1]("destroy", "-auto-approve", "-no-color")


def ran(done):
    """What Terraform printed.

    Raises:
        AssertionError: it failed.
    """
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr
    return done.stdout


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


def emptied(account, outputs):
    """Empty the buckets of a pipeline, which Terraform does not."""
    for bucket in outputs["buckets"].values():
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
    emptied(account, outputs)
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
    for name, account in accounts.items():
        emptied(account, pipelines[name])
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
