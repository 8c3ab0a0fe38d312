"""What Terraform is reported, in which order, and what is asked before it is."""

import json
import os
import sys

import boto3
import pytest
from moto import mock_aws

from ops import settings as pipeline_settings
from ops.deploy import bootstrap
from ops.deploy.account import Account
from ops.deploy.delivery import Delivery
from ops.deploy.prompt import Prompt
from ops.deploy.roots import BOOTSTRAP, DEPLOYED, Layout, chosen
from ops.errors import CommandError, Exit
from ops.names import Names
from ops.packaging import zips

# Stands for Terraform: keeps what it was reported, and answers as the test says.
PROGRAM = """#!{python}
import json, os, pathlib, sys
here = pathlib.Path({folder!r})
with (here / "notified.jsonl").open("a") as notified:
    notified.write(json.dumps([sys.argv[1:], os.environ.get("TF_DATA_DIR")]) + "\\n")
command = sys.argv[2]
answers = json.loads((here / "answers.json").read_text())
print("Terraform says", command)
for word in sys.argv:
    if word.startswith("-out="):
        pathlib.Path(word[5:]).write_text("a plan")
sys.exit(answers.get(command, 0))
"""


@pytest.fixture
def reported(tmp_path, monkeypatch):
    """A placeholder for Terraform on PATH; what it was reported, word by word."""
    programs = tmp_path / "bin"
    programs.mkdir()
    program = programs / "terraform"
    program.write_text(PROGRAM.format(python=sys.executable, folder=str(tmp_path)))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")

    def words():
        lines = (tmp_path / "notified.jsonl").read_text().splitlines() if (tmp_path / "notified.jsonl").exists() else []
        return [json.loads(line)[0] for line in lines]

    words.answer = lambda **codes: (tmp_path / "answers.json").write_text(json.dumps(codes))
    words.answer(plan=2)
    return words


@pytest.fixture
def delivery(tmp_path, reported):
    """Of a pipeline whose states lie on S3, in an account of moto."""

    def make(*, state="s3", yes=True):
        with mock_aws():
            session = boto3.Session(aws_access_key_id="x", aws_secret_access_key="x", region_name="eu-west-1")
            settings = pipeline_settings.parse({"name": "photos", "state": state})
            names = Names(name="photos", account="123456789012", region="eu-west-1")
            for root in (BOOTSTRAP, "platform", "services"):
                (tmp_path / "terraform" / root).mkdir(parents=True, exist_ok=True)
            layout = Layout(
                terraform=tmp_path / "terraform",
                settings=tmp_path / "pipeline.yaml",
                zips=tmp_path / "build",
                work=tmp_path / "work",
                states=tmp_path / "states",
            )
            return Delivery(
                account=Account(session=session, names=names, settings=settings),
                prompt=Prompt(yes=yes),
                layout=layout,
                packages=False,
                log=tmp_path / "log",
            )

    return make


def commands(reported):
    return [(words[0].rpartition("/")[2], words[1]) for words in reported()]


def test_what_is_deployed_is_planned_first_and_the_platform_comes_before_the_services(delivery, reported):
    with mock_aws():
        delivery().deploy(DEPLOYED)
    roots = ["platform", "services", "services", "services"]
    assert commands(reported) == [(root, command) for root in roots for command in ("init", "plan", "apply")]
    services = [words for words in reported() if words[1] == "plan"][1:]
    assert ["-var=service=" + name in words for name, words in zip(DEPLOYED[1:], services, strict=True)] == [True] * 3


def test_what_is_unchanged_is_not_applied(delivery, reported, capsys):
    reported.answer(plan=0)
    delivery().deploy(["platform"])
    assert commands(reported) == [("platform", "init"), ("platform", "plan")]
    assert "platform: unchanged" in capsys.readouterr().err


def test_what_was_planned_before_is_applied_and_nothing_else(delivery, reported):
    with mock_aws():
        made = delivery()
        made.plan(["store"])
        made.deploy(["store"], planned=True)
        assert commands(reported)[-2:] == [("services", "init"), ("services", "apply")]
        assert reported()[-1][-1] == str(made.layout.plan("store"))
        with pytest.raises(CommandError, match=r"store\.tfplan: no such file; `make plan` writes it"):
            made.deploy(["store"], planned=True)


def test_each_service_has_a_state_of_its_own_with_a_lock(delivery, reported):
    delivery().plan(["resize", "store"])
    keys = [word for words in reported() for word in words if word.startswith("-backend-config=key=")]
    assert keys == ["-backend-config=key=resize.tfstate", "-backend-config=key=store.tfstate"]
    assert "-backend-config=bucket=photos-state-123456789012-eu-west-1" in reported()[0]
    assert "-backend-config=use_lockfile=true" in reported()[0]
    assert 'backend "s3"' in (delivery().layout.folder("store") / "backend_override.tf").read_text()


def test_without_a_bucket_each_state_is_a_file_of_its_pipeline_and_account(delivery, reported):
    made = delivery(state="local")
    delivery().plan(["store"])
    made.plan(["store"])
    path = made.layout.states / "photos-123456789012-eu-west-1" / "store.tfstate"
    assert f"-backend-config=path={path}" in reported()[-2]
    assert not (made.layout.folder("store") / "backend_override.tf").exists()


def test_no_path_of_this_machine_gets_into_a_plan(delivery, reported):
    delivery().plan(["store"])
    (plan,) = [words for words in reported() if words[1] == "plan"]
    assert {word for word in plan if word.startswith("-var=")} == {
        "-var=settings_file=../../pipeline.yaml",
        "-var=service=store",
        "-var=zip=../../build/store.zip",
    }


def test_terraform_is_given_the_version_that_the_zip_states(delivery, reported):
    made = delivery()
    made.layout.zips.mkdir(exist_ok=True)
    zips.append(made.layout.zips / "store.zip", {"shared/release.txt": b"3.2.1\n"}, 1)
    made.plan(["store"])
    (plan,) = [words for words in reported() if words[1] == "plan"]
    assert "-var=release=3.2.1" in plan


def test_nothing_is_applied_unless_somebody_says_yes(delivery, reported, monkeypatch):
    monkeypatch.setattr("sys.stdin", open(os.devnull))  # noqa: PTH123, SIM115 - no terminal
    with pytest.raises(CommandError, match="There is no terminal to answer on: YES=1 says yes") as refused:
        delivery(yes=False).deploy(["platform"])
    assert refused.value.code == Exit.USAGE
    assert "apply" not in {command for _, command in commands(reported)}


@pytest.mark.parametrize(("answer", "applied"), [("y", True), ("yes", True), ("", False), ("n", False)])
def test_a_person_is_asked(delivery, reported, monkeypatch, answer, applied):
    monkeypatch.setattr(Prompt, "_answer", lambda _, question: answer)
    if applied:
        delivery(yes=False).deploy(["platform"])
    else:
        with pytest.raises(CommandError, match="nothing was changed"):
            delivery(yes=False).deploy(["platform"])
    assert (("platform", "apply") in commands(reported)) is applied


def test_what_cannot_be_undone_asks_for_the_name(delivery, reported, monkeypatch):
    with mock_aws():
        monkeypatch.setattr(Prompt, "_answer", lambda _, question: "y")
        with pytest.raises(CommandError, match="nothing was changed"):
            delivery(yes=False).destroy(DEPLOYED)
        assert reported() == []
        monkeypatch.setattr(Prompt, "_answer", lambda _, question: "photos")
        delivery(yes=False).destroy(DEPLOYED)
    destroyed = [words for words in reported() if words[1] == "destroy"]
    assert [next((w for w in words if "service=" in w), "platform") for words in destroyed] == [
        "-var=service=resize",
        "-var=service=watermark",
        "-var=service=store",
        "platform",
    ]


def test_what_terraform_says_of_a_failure_is_reported(delivery, reported, capsys):
    reported.answer(plan=1)
    with pytest.raises(CommandError, match="terraform plan of platform failed") as failed:
        delivery().plan(["platform"])
    assert failed.value.code == Exit.PARTIAL
    assert "Terraform says plan" in capsys.readouterr().err.splitlines()


def test_without_terraform_a_person_is_reported_where_it_is(delivery, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(CommandError, match="Terraform is not installed"):
        delivery().plan(["platform"])


def test_states_in_files_need_no_bucket(delivery):
    with pytest.raises(CommandError, match="state is local in"):
        bootstrap.bootstrap(delivery(state="local"))


def test_the_states_that_lie_on_this_machine_are_carried_into_the_bucket(delivery, reported):
    with mock_aws():
        made = delivery()
        here = made.terraform("store").local_state
        here.parent.mkdir(parents=True)
        here.write_text("{}")
        bootstrap.bootstrap(made)
    moves = [words for words in reported() if "-migrate-state" in words]
    assert [word for words in moves for word in words if "=key=" in word] == ["-backend-config=key=store.tfstate"]
    assert not here.exists()
    assert here.with_name("store.tfstate.carried").read_text() == "{}"


@pytest.mark.parametrize(
    ("states", "refused"),
    [
        (["github"], r"github is still there, .*/github\.tfstate: terraform/github/README\.md says how to destroy it"),
        (["github", "store"], r"store is still there, .*/store\.tfstate: make destroy takes it first"),
    ],
    ids=lambda value: " and ".join(value) if isinstance(value, list) else "",
)
def test_the_states_bucket_stays_while_any_state_in_it_has_resources(delivery, states, refused):
    with mock_aws():
        made = delivery()
        s3, bucket = made.account.s3, made.account.names.state_bucket
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": made.account.names.region})
        for root in ("bootstrap", *states):
            managed = {"resources": [{"mode": "managed", "type": "aws_iam_role"}]}
            s3.put_object(Bucket=bucket, Key=f"{root}.tfstate", Body=json.dumps(managed).encode())
        for root in ("platform", "resize"):  # destroyed
            empty = {"resources": [{"mode": "data", "type": "aws_region"}]}
            s3.put_object(Bucket=bucket, Key=f"{root}.tfstate", Body=json.dumps(empty).encode())
        with pytest.raises(CommandError, match=refused):
            bootstrap.take_away(made)
        assert s3.head_bucket(Bucket=bucket)


@pytest.mark.parametrize(
    ("said", "roots"),
    [
        ("", DEPLOYED),
        ("store", ("store",)),
        ("store,platform", ("platform", "store")),
        ("resize store", ("store", "resize")),
    ],
)
def test_roots_are_taken_in_their_order(said, roots):
    assert chosen(said) == roots


def test_a_root_that_is_none_is_named():
    with pytest.raises(CommandError, match="SERVICE is shrink; allowed: platform, store, watermark, resize"):
        chosen("store,shrink")
