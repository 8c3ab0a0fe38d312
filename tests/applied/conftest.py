"""terraform/ applied for real, unchanged, to a local AWS of its own."""

import os
import shutil

import pytest
from terraforming import mirror

from ops.deploy.rehearsal import rehearsing
from ops.local import emulator, stack
from ops.names import STAGES

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
    if not emulator.PYTHON.exists():
        return "no local AWS here; make setup installs it"
    return None


def pytest_collection_modifyitems(items):
    missing = _missing()
    for item in items:
        if "applied" in item.path.parts:
            item.add_marker(pytest.mark.e2e)
            if missing is not None:
                item.add_marker(pytest.mark.skip(reason=f"NOT RUN: {missing}, so terraform/ was not applied"))


@pytest.fixture(scope="session")
def rehearsal(tmp_path_factory):
    """Everything that Terraform makes, from nothing."""
    folder = tmp_path_factory.mktemp("applied")
    # A copy, since a test here deploys a release to come.
    for path in stack.build_zips().values():
        shutil.copy(path, folder)
    variables = {"TF_CLI_ARGS_init": f"-plugin-dir={mirror()}", "TF_CLI_CONFIG_FILE": os.devnull}
    with rehearsing(variables=variables, zips=folder, log=folder / "terraform.log") as rehearsal:
        rehearsal.make()
        yield rehearsal


@pytest.fixture(scope="session")
def provisioned(rehearsal):
    """The same pipeline in another account of the same emulator, as `make up` makes it."""
    zips = {stage: rehearsal.delivery.layout.zips / f"{stage}.zip" for stage in STAGES}
    return stack.provision(rehearsal.process, rehearsal.account.settings, zips, account=OTHER_ACCOUNT)
