"""terraform/ applied for real, unchanged, to a local AWS; begun when the tests begin, since most of it is waiting."""

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from terraforming import mirror

from ops.deploy.rehearsal import rehearsing
from ops.local import emulator, stack
from ops.local.stack import provision
from ops.names import STAGES

# Of the same emulator: what the local provisioning makes there is compared with what Terraform made.
OTHER_ACCOUNT = "111122223333"

_BEGUN = pytest.StashKey()


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


def _ours(items):
    return [item for item in items if "applied" in item.path.parts]


def pytest_collection_modifyitems(items):
    ours = _ours(items)
    missing = _missing()
    for item in ours:
        item.add_marker(pytest.mark.e2e)
        if missing is not None:
            item.add_marker(pytest.mark.skip(reason=f"NOT RUN: {missing}, so terraform/ was not applied"))
    # Last: by then Terraform has waited for as long as it does.
    items[:] = [item for item in items if item not in ours] + ours


def pytest_collection_finish(session):
    if _ours(session.items) and _missing() is None and not session.config.option.collectonly:
        stack_of = ExitStack()
        pool = stack_of.enter_context(ThreadPoolExecutor(1))
        session.config.stash[_BEGUN] = stack_of, pool.submit(_make, stack_of)


def pytest_unconfigure(config):
    begun = config.stash.get(_BEGUN, None)
    if begun is not None:
        opened, making = begun
        making.exception()
        opened.close()


def _make(opened):
    """Everything that Terraform makes, from nothing."""
    variables = {"TF_CLI_ARGS_init": f"-plugin-dir={mirror()}", "TF_CLI_CONFIG_FILE": os.devnull}
    folder = Path(opened.enter_context(TemporaryDirectory()))
    # Changed by a test here, which deploys a release to come.
    zips = {name: shutil.copy(path, folder) for name, path in stack.build_zips().items()}
    assert set(zips) == set(STAGES)
    rehearsal = opened.enter_context(rehearsing(variables=variables, zips=folder, log=folder / "terraform.log"))
    rehearsal.make()
    return rehearsal


@pytest.fixture(scope="session")
def rehearsal(pytestconfig):
    _, making = pytestconfig.stash[_BEGUN]
    return making.result()


@pytest.fixture(scope="session")
def provisioned(rehearsal):
    """The same pipeline in another account of the same emulator, as `make up` makes it."""
    zips = {stage: rehearsal.delivery.layout.zips / f"{stage}.zip" for stage in STAGES}
    return provision(rehearsal.process, rehearsal.account.settings, zips, account=OTHER_ACCOUNT)
