"""terraform/ applied for real, unchanged, to a local AWS of its own."""

import json
import os
import shutil

import pytest
import tiers
import yaml
from kit.examples import Examples, examples
from kit.terraform import mirror

from ops.deploy.rehearsal import rehearsing
from ops.local import emulator, policies, stack
from ops.names import SERVICES
from ops.settings import ROOT

# What no function's role exceeds, as an account may ask for one of every role.
BOUNDARY = "functions-at-most"

# Of the same emulator: what the local provisioning makes there is compared with what Terraform made.
OTHER_ACCOUNT = "111122223333"


def _missing():
    """Why terraform/ cannot be applied here; None if it can."""
    if shutil.which("terraform") is None:
        return "Terraform is not installed"
    if mirror() is None:
        return "no provider of AWS in a plugin mirror; TERRAFORM_PLUGIN_MIRROR names the mirror's folder"
    if shutil.which("openssl") is None:
        return "openssl is not installed, which the local AWS needs to speak TLS"
    return tiers.no_local_aws()


def pytest_collection_modifyitems(items):
    tiers.mark(items, "applied", pytest.mark.e2e, _missing)


@pytest.fixture(scope="session")
def rehearsal(tmp_path_factory):
    """Everything that Terraform makes, from nothing."""
    folder = tmp_path_factory.mktemp("applied")
    # A copy, since a test here deploys a release to come.
    for path in stack.build_zips().values():
        shutil.copy(path, folder)
    variables = {"TF_CLI_ARGS_init": f"-plugin-dir={mirror()}", "TF_CLI_CONFIG_FILE": os.devnull}
    written = yaml.safe_load((ROOT / "pipeline.yaml").read_text(encoding="utf-8"))
    uploads = {"cors_origins": ["https://app.example.com", "http://localhost:3000"]}
    outputs = {"cors_origins": ["https://app.example.com"]}
    settings = {**written, "state": "s3", "permissions_boundary": BOUNDARY, "uploads": uploads, "outputs": outputs}
    log = folder / "terraform.log"
    with rehearsing(settings=settings, variables=variables, zips=folder, log=log) as rehearsal:
        _bound(rehearsal.account)
        rehearsal.make()
        yield rehearsal


def _bound(account):
    """Make the boundary that the settings name: what the three roles have in all."""
    roles = [policies.role(service, account.names)["Statement"] for service in SERVICES]
    statements = [{name: each[name] for name in ("Effect", "Action", "Resource")} for role in roles for each in role]
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    account.client("iam").create_policy(PolicyName=BOUNDARY, PolicyDocument=document)


@pytest.fixture(scope="session")
def provisioned(rehearsal):
    """The same pipeline in another account of the same emulator, as `make up` makes it."""
    zips = {service: rehearsal.delivery.layout.zips / f"{service}.zip" for service in SERVICES}
    return stack.provision(rehearsal.process, rehearsal.account.settings, zips, account=OTHER_ACCOUNT)


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of terraform/ and of the module's examples."""
    return examples(tmp_path_factory.mktemp("module"))


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
    """Applies an example by its name; its resources are destroyed at the end."""
    all_of_them = Examples(tree, process)
    yield all_of_them.apply
    all_of_them.destroy()
