"""Terraform: well-formed, its rules hold, and what it makes of pipeline.yaml is what the local provisioning makes."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from ops import settings as pipeline_settings
from ops.doctor import waiting
from ops.local import policies, provision
from ops.names import STAGES, Names
from ops.settings import ROOT
from shared.errors import BadSetting

NAMES = {"account": "123456789012", "region": "eu-west-1"}
ROOTS = ("platform", "services")
PLATFORM_RUN = "an_image_goes_from_the_input_bucket_to_the_first_queue_and_has_a_row"

# Where a plugin mirror lies when TERRAFORM_PLUGIN_MIRROR does not say: Terraform's own places, and one for containers.
# https://developer.hashicorp.com/terraform/cli/config/config-file#implied-local-mirror-directories
USUAL_MIRRORS = (
    "~/.terraform.d/plugins",
    "~/.local/share/terraform/plugins",
    "/usr/local/share/terraform/plugins",
    "/usr/share/terraform/plugins",
    "/opt/*",
)
PROVIDER = "*/hashicorp/aws/*/*/terraform-provider-aws_*"

MINIMAL = "name: photos\n"
NARROW = """
name: photos
renditions: [{name: small, width: 64, height: 64, watermark: false}]
watermark: {text: "© <Müller & Söhne>", angle_degrees: null, opacity: 0.5}
overrides: []
profiles:
  - prefix: avatars/
    renditions: [{name: avatar, width: 128, height: 128, fit: cover}]
  - {prefix: press/, metadata: copyright, watermark: {text: press}}
stages:
  resize: {timeout_seconds: 120, max_receive_count: 6, batching_window_seconds: 3}
  store: {memory_mb: 256}
retention: {dlq_days: 4, work_days: 9}
"""

WRAPPER = """
variable "settings_file" { type = string }

module "pipeline" {
  source   = "./terraform/modules/pipeline"
  settings = yamldecode(file(var.settings_file))
  account  = "123456789012"
  region   = "eu-west-1"
}

output "pipeline" { value = module.pipeline }
"""


def terraform(*words, folder, **env):
    """Terraform's answer, whatever this machine's own configuration of it is."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
    command = ["terraform", f"-chdir={folder}", *words]
    return subprocess.run(command, env=kept | env, capture_output=True, text=True, check=False, timeout=120)


def mirror():
    """The folder that `terraform init -plugin-dir` takes, with the provider of AWS in it; None if there is none."""
    said = os.environ.get("TERRAFORM_PLUGIN_MIRROR")
    for place in (said,) if said else USUAL_MIRRORS:
        path = Path(place).expanduser()
        folders = path.parent.glob(path.name) if path.name == "*" else [path]
        for folder in folders:
            if next(folder.glob(PROVIDER), None):
                return folder
    return None


@pytest.fixture(scope="module", autouse=True)
def _installed():
    if shutil.which("terraform") is None:
        pytest.skip("NOT RUN: Terraform is not installed, so nothing of terraform/ was checked")


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of terraform/, with pipeline.yaml above it, so that Terraform leaves nothing in the tree."""
    folder = tmp_path_factory.mktemp("copy")
    ignored = shutil.ignore_patterns(".terraform*", "*.tfstate*")
    shutil.copytree(ROOT / "terraform", folder / "terraform", ignore=ignored)
    shutil.copy(ROOT / "pipeline.yaml", folder)
    return folder


@pytest.fixture(scope="module")
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


@pytest.fixture(scope="module")
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


@pytest.fixture(params=["repository", "minimal", "narrow"])
def text(request):
    """The text of a pipeline.yaml."""
    ours = (ROOT / "pipeline.yaml").read_text(encoding="utf-8")
    return {"repository": ours, "minimal": MINIMAL, "narrow": NARROW}[request.param]


def test_every_file_is_formatted(copy):
    ran = terraform("fmt", "-check", "-recursive", "-no-color", folder=copy / "terraform")
    assert ran.returncode == 0, f"not formatted: {ran.stdout}{ran.stderr}"


def test_names_settings_environments_and_rights_are_those_that_python_derives(derive, text, tmp_path):
    (tmp_path / "pipeline.yaml").write_text(text, encoding="utf-8")
    settings = pipeline_settings.load(tmp_path / "pipeline.yaml")
    names = Names(name=settings.name, **NAMES)
    derived = derive(text)
    assert derived["order"] == list(STAGES)
    assert derived["buckets"] == {
        "input": names.input_bucket,
        "work": names.work_bucket,
        "output": names.output_bucket,
    }
    assert (derived["topic"], derived["topic_arn"], derived["ledger"]) == (names.topic, names.topic_arn, names.ledger)
    assert derived["retention"] == vars(settings.retention)
    for stage in STAGES:
        assert derived["functions"][stage] == names.function(stage)
        assert derived["queues"][stage] == names.queue(stage)
        assert derived["queue_arns"][stage] == names.queue_arn(names.queue(stage))
        assert derived["dlqs"][stage] == names.dlq(stage)
        assert derived["stages"][stage] == vars(settings.stages[stage])
        assert derived["role_policies"][stage] == policies.role(stage, names)
        assert said(derived["environments"][stage]) == said(settings.environment(stage, names, urls_of(names)))


def urls_of(names):
    """The URL of each queue on AWS, by its name."""
    return {
        queue: f"https://sqs.{names.region}.amazonaws.com/{names.account}/{queue}"
        for stage in STAGES
        for queue in (names.queue(stage), names.dlq(stage))
    }


def said(environment):
    """An environment, its JSON parsed: Terraform sorts the names in it and escapes < > &."""
    return {name: json.loads(value) if value[:1] in tuple('{["') else value for name, value in environment.items()}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("name: Photos", 'name is "Photos"; allowed: 2 to 24'),
        ("name: photos\nnmae: x", "has a section that is none"),
        ("name: photos\nstages: {shrink: {}}", "stages has a service that is none"),
        ("name: photos\nstages: {resize: {memory: 1}}", "stages.resize.memory is no setting"),
        ("name: photos\nstages: {store: {memory_mb: 127}}", "stages.store.memory_mb is 127; allowed"),
        ("name: photos\nstages: {store: {timeout_seconds: '60'}}", 'stages.store.timeout_seconds is "60"; allowed'),
        ("name: photos\nstages: {store: {batch_size: 1.5}}", "stages.store.batch_size is 1.5; allowed"),
        ("name: photos\nstages: {resize: {max_receive_count: 5}}", "stages.resize.max_receive_count is 5; allowed"),
        ("name: photos\nretention: {dlq_days: 15}", "retention.dlq_days is 15; allowed"),
        ("name: photos\nretention: {days: 15}", "retention.days is no setting"),
        ("name: photos\nretention: {work_days: 14}", "retention.work_days is 14; allowed: more than dlq_days (14)"),
        ("name: photos\nlimits: {seconds: 56}", "limits.seconds is 56; allowed: at least 5 less than"),
    ],
)
def test_what_python_refuses_terraform_refuses_by_name(derive, line, words):
    with pytest.raises(BadSetting):
        pipeline_settings.parse(yaml.safe_load(line))
    ran = derive.apply(line)
    assert ran.returncode != 0
    assert words in " ".join(ran.stderr.replace("│", " ").split()), ran.stderr


@pytest.mark.parametrize("root", ROOTS)
def test_a_root_is_valid(initialised, root):
    ran = terraform("validate", "-no-color", folder=initialised(root))
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_rules_of_the_modules_hold(initialised):
    files = ("pipeline", "queue", "bucket", "stage")
    filters = [f"-filter=tests/{name}.tftest.hcl" for name in files]
    ran = terraform("test", "-no-color", *filters, folder=initialised("."))
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert " passed, 0 failed" in ran.stdout


@pytest.fixture(scope="module")
def made(initialised):
    """What the tests of the roots made, by run and address: each resource's values."""
    folder = initialised(".")
    filters = [f"-filter=tests/{root}.tftest.hcl" for root in ROOTS]
    ran = terraform("test", "-json", "-verbose", *filters, folder=folder)
    assert ran.returncode == 0, "\n".join(line for line in ran.stdout.splitlines() if '"@level":"error"' in line)
    states = (json.loads(line) for line in ran.stdout.splitlines() if '"type":"test_state"' in line)
    return {state["@testrun"]: resources(state["test_state"]["root_module"]) for state in states}


def resources(module):
    """The values of a module's resources, and of those within it, by their addresses."""
    own = {each["address"]: each["values"] for each in module.get("resources", [])}
    for child in module.get("child_modules", []):
        own |= resources(child)
    return own


@pytest.fixture(scope="module")
def tested():
    """The settings that the tests of the roots have, and the names."""
    settings = pipeline_settings.load(ROOT / "terraform" / "tests" / "photos.yaml")
    return settings, Names(name=settings.name, **NAMES)


@pytest.mark.parametrize("stage", STAGES)
def test_a_service_gets_what_the_local_provisioning_gives_it(made, tested, stage):
    settings, names = tested
    of_stage = settings.stages[stage]
    run = made[f"{stage}_is_deployed_alone"]
    function = run["module.stage.aws_lambda_function.this"]
    mapping = run["module.stage.aws_lambda_event_source_mapping.this"]
    policy = run["module.stage.aws_iam_role_policy.this"]
    log_group = run["module.stage.aws_cloudwatch_log_group.this"]
    assert {name: function[name] for name in ("function_name", "runtime", "architectures", "handler")} == {
        "function_name": names.function(stage),
        "runtime": provision.RUNTIME,
        "architectures": [provision.ARCHITECTURE],
        "handler": f"services.{stage}.handler.handler",
    }
    assert (function["memory_size"], function["timeout"]) == (of_stage.memory_mb, of_stage.timeout_seconds)
    assert function["environment"][0]["variables"] == settings.environment(stage, names, urls_of(names))
    assert json.loads(policy["policy"]) == policies.role(stage, names)
    assert policy["name"] == names.function(stage)
    assert json.loads(run["module.stage.aws_iam_role.this"]["assume_role_policy"]) == policies.trust()
    assert log_group["name"] == f"/aws/lambda/{names.function(stage)}"
    assert log_group["retention_in_days"] == settings.retention.logs_days
    assert mapping["event_source_arn"] == names.queue_arn(names.queue(stage))
    assert mapping["batch_size"] == of_stage.batch_size
    assert mapping["maximum_batching_window_in_seconds"] == of_stage.batching_window_seconds
    assert mapping["scaling_config"] == [{"maximum_concurrency": of_stage.maximum_concurrency}]
    assert mapping["function_response_types"] == ["ReportBatchItemFailures"]


@pytest.mark.parametrize("stage", STAGES)
def test_a_queue_is_set_up_as_the_local_provisioning_does_it(made, tested, stage):
    settings, names = tested
    run = made[PLATFORM_RUN]
    kept_seconds = settings.retention.dlq_days * 86_400
    queue, dlq = (run[f'module.queue["{stage}"].aws_sqs_queue.{which}'] for which in ("this", "dlq"))
    assert (queue["name"], dlq["name"]) == (names.queue(stage), names.dlq(stage))
    assert queue["visibility_timeout_seconds"] == settings.stages[stage].visibility_timeout_seconds
    assert queue["message_retention_seconds"] == dlq["message_retention_seconds"] == kept_seconds
    assert queue["sqs_managed_sse_enabled"] is dlq["sqs_managed_sse_enabled"] is True
    assert json.loads(queue["redrive_policy"])["maxReceiveCount"] == settings.stages[stage].max_receive_count


def test_s3_may_send_to_the_first_queue_and_nobody_to_the_others(made, tested):
    _, names = tested
    run = made[PLATFORM_RUN]
    documents = {
        stage: json.loads(run[f'module.queue["{stage}"].aws_sqs_queue_policy.this']["policy"]) for stage in STAGES
    }
    allowed = {
        stage: [each for each in document["Statement"] if each["Effect"] == "Allow"]
        for stage, document in documents.items()
    }
    (ours,) = policies.input_queue(names)["Statement"]
    # The mocked provider gives all queues one ARN.
    assert [each | {"Resource": ours["Resource"]} for each in allowed["resize"]] == [ours]
    assert allowed["watermark"] == allowed["store"] == []


def test_buckets_are_named_versioned_and_emptied_as_the_local_provisioning_does_it(made, tested):
    settings, names = tested
    run = made[PLATFORM_RUN]
    buckets = {
        purpose: run[f"module.{purpose}.aws_s3_bucket.this"]["bucket"] for purpose in ("input", "work", "output")
    }
    assert buckets == {"input": names.input_bucket, "work": names.work_bucket, "output": names.output_bucket}
    versioned = [address for address in run if "aws_s3_bucket_versioning" in address]
    assert versioned == ["module.input.aws_s3_bucket_versioning.this[0]"]
    rules = {
        address.split(".")[1]: values["rule"]
        for address, values in run.items()
        if "aws_s3_bucket_lifecycle_configuration" in address
    }
    (old,), (staged,) = rules.pop("input"), rules.pop("work")
    assert not rules
    assert old["id"] == "expire-old-versions"
    assert old["expiration"] == []
    assert old["noncurrent_version_expiration"][0]["noncurrent_days"] == settings.retention.old_versions_days
    assert old["abort_incomplete_multipart_upload"] == [{"days_after_initiation": 1}]
    assert staged["id"] == "expire-staged"
    assert staged["expiration"][0]["days"] == settings.retention.work_days
    assert staged["noncurrent_version_expiration"] == []


def test_the_topic_the_ledger_and_the_notification_are_named_as_the_local_provisioning_names_them(made, tested):
    _, names = tested
    run = made[PLATFORM_RUN]
    assert run["aws_sns_topic.notices"]["name"] == names.topic
    assert run["aws_dynamodb_table.ledger"]["name"] == names.ledger
    assert run["aws_s3_bucket_notification.drops"]["queue"][0]["id"] == "drops"


@pytest.mark.parametrize("stage", STAGES)
def test_the_alarms_are_those_that_pipeline_doctor_looks_for(made, tested, stage):
    _, names = tested
    made_of = made[PLATFORM_RUN] | made[f"{stage}_is_deployed_alone"]
    alarms = {
        values["alarm_name"]
        for address, values in made_of.items()
        if "aws_cloudwatch_metric_alarm" in address and (f'["{stage}"]' in address or "module.stage." in address)
    }
    assert alarms == waiting.alarm_names(names, stage)
