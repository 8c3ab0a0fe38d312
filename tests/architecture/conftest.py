"""Terraform over a copy of terraform/, so that it leaves nothing in the tree."""

import json
import shutil

import pytest
from terraforming import WRAPPER, copied, mirror, terraform


@pytest.fixture(scope="session")
def copy(tmp_path_factory):
    """A copy of terraform/, with pipeline.yaml above it."""
    if shutil.which("terraform") is None:
        pytest.skip("NOT RUN: Terraform is not installed, so nothing of terraform/ was checked")
    return copied(tmp_path_factory.mktemp("copy"))


@pytest.fixture(scope="session")
def initialised(copy):
    """Initialises a folder of the copy with the provider of the mirror."""
    found = mirror()
    if found is None:
        pytest.skip("NOT RUN: no provider of AWS in a plugin mirror; TERRAFORM_PLUGIN_MIRROR names the mirror's folder")

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

    def apply(text):
        (copy / "derived.yaml").write_text(text, encoding="utf-8")
        said = "-var=settings_file=derived.yaml"
        return terraform("apply", "-auto-approve", "-no-color", said, folder=copy)

    def outputs(text):
        ran = apply(text)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return json.loads(terraform("output", "-json", "pipeline", folder=copy).stdout)

    outputs.apply = apply
    return outputs
