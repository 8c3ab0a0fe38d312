"""Terraform over a copy of terraform/, so that it leaves nothing in the tree."""

import json
import shutil

import pytest
import tiers
from kit.terraform import MAKING, NAMES, WRAPPER, copied, mirror, resources, terraform

from ops import settings as pipeline_settings
from ops.names import Names
from ops.settings import ROOT


@pytest.fixture(scope="session")
def copy(tmp_path_factory, request):
    """A copy of terraform/, with pipeline.yaml above it."""
    if shutil.which("terraform") is None:
        tiers.not_run(request.config, "terraform", "Terraform is not installed, so nothing of terraform/ was checked")
    return copied(tmp_path_factory.mktemp("copy"))


@pytest.fixture(scope="session")
def initialised(copy, request):
    """Initialises a folder of the copy with the provider of the mirror."""
    found = mirror()
    if found is None:
        why = "no provider of AWS in a plugin mirror; TERRAFORM_PLUGIN_MIRROR names the mirror's folder"
        tiers.not_run(request.config, "terraform", why)

    def initialise(name):
        folder = copy / "terraform" / name
        ran = terraform("init", "-backend=false", "-no-color", f"-plugin-dir={found}", folder=folder)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return folder

    return initialise


@pytest.fixture(scope="session")
def derive(copy):
    """What Terraform derives from the text of a pipeline.yaml; needs no provider."""
    (copy / "main.tf").write_text(WRAPPER)
    ran = terraform("init", "-no-color", folder=copy)
    assert ran.returncode == 0, ran.stdout + ran.stderr

    def apply(*texts):
        names = [f"derived-{index}.yaml" for index in range(len(texts))]
        for name, text in zip(names, texts, strict=True):
            (copy / name).write_text(text, encoding="utf-8")
        files = f"-var=settings_files={json.dumps(names)}"
        return terraform("apply", "-auto-approve", "-no-color", files, folder=copy)

    def outputs(texts):
        ran = apply(*texts)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        derived = json.loads(terraform("output", "-json", "pipelines", folder=copy).stdout)
        return [derived[str(index)] for index in range(len(texts))]

    def one(text):
        return outputs([text])[0]

    one.apply, one.all = apply, outputs
    return one


@pytest.fixture(scope="session")
def made(initialised):
    """What the tests of the modules that the roots use made, by run and address: each resource's values."""
    folder = initialised(".")
    filters = [f"-filter=tests/{module}.tftest.hcl" for module in MAKING]
    ran = terraform("test", "-json", "-verbose", *filters, folder=folder)
    assert ran.returncode == 0, "\n".join(line for line in ran.stdout.splitlines() if '"@level":"error"' in line)
    states = (json.loads(line) for line in ran.stdout.splitlines() if '"type":"test_state"' in line)
    return {state["@testrun"]: resources(state["test_state"]["root_module"]) for state in states}


@pytest.fixture(scope="session")
def tested():
    """The settings that the tests of the roots have, and the names."""
    settings = pipeline_settings.load(ROOT / "terraform" / "tests" / "photos.yaml")
    return settings, Names(name=settings.name, **NAMES)
