"""mirror.sh and terraform-checks.sh: the checks of Terraform have their provider, and none is left out."""

import pytest

PROVIDER = "registry.terraform.io/hashicorp/aws/5.100.0/linux_amd64/terraform-provider-aws_v5.100.0_x5"


@pytest.fixture
def checked(step):
    """A step whose Terraform and make say nothing, with a Python that pytest runs on."""
    step.fake("terraform", "make", "python")
    binaries = step.folder / ".venv" / "bin"
    binaries.mkdir(parents=True)
    (binaries / "python").symlink_to(step.commands / "python")
    return step


@pytest.fixture
def mirrored(checked):
    """A step with the provider in the mirror already."""
    provider = checked.folder / "mirror" / "providers" / PROVIDER
    provider.parent.mkdir(parents=True)
    provider.touch()
    return checked


def test_a_provider_that_is_there_is_not_fetched_again(mirrored):
    ran = mirrored.run("mirror.sh", "mirror/providers")
    assert ran.returncode == 0, ran.stderr
    assert mirrored.asked("terraform") == []


def test_a_provider_that_is_not_there_is_fetched(checked):
    checked.run("mirror.sh", "mirror/providers")
    (said,) = checked.asked("terraform")
    assert said == ["-chdir=terraform", "init", "-backend=false", "-input=false"]


def test_a_mirror_without_a_provider_fails_the_step(checked):
    assert checked.run("mirror.sh", "mirror/providers").returncode != 0


def test_checks_that_pass_pass_the_step(checked):
    checked.answer("pytest", stdout="7 passed\n")
    ran = checked.run("terraform-checks.sh")
    assert ran.returncode == 0, ran.stderr
    assert checked.asked("terraform") == [["fmt", "-check", "-diff", "-recursive", "terraform"]]


def test_a_check_that_was_left_out_fails_the_step(checked):
    checked.answer("pytest", stdout="SKIPPED [1] tests: NOT RUN: no provider of AWS\n1 skipped\n")
    ran = checked.run("terraform-checks.sh")
    assert ran.returncode != 0
    assert "a check was left out" in ran.stderr


@pytest.mark.parametrize("failing", ["fmt", "pytest", ".venv/.ready"])
def test_a_check_that_fails_fails_the_step(checked, failing):
    checked.answer(failing, status=1)
    assert checked.run("terraform-checks.sh").returncode != 0
