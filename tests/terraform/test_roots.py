"""Terraform is well-formed, its rules hold, and it makes of pipeline.yaml what the local provisioning makes."""

import json
from dataclasses import asdict

import pytest
from kit.terraform import MAKING, NAMES, PLATFORM_RUN, ROOTS, terraform, urls_of

from ops import settings as pipeline_settings
from ops.local import policies
from ops.names import SERVICES
from ops.settings import ROOT
from shared import ledger_index

CUSTOMER_RUN = "everything_is_encrypted_with_the_customer_s_key_on_request"

MINIMAL = "name: photos\n"
NARROW = """
name: photos
renditions: [{name: small, width: 64, height: 64, watermark: false}]
watermark: {text: "© <Müller & Söhne>", angle_degrees: null, opacity: 0.5}
overrides: []
extras: [jxl]
formats: [png, jpeg]
moderation: {enabled: true}
profiles:
  - prefix: avatars/
    renditions: [{name: avatar, width: 128, height: 128, fit: cover}]
  - {prefix: press/, metadata: copyright, watermark: {text: press}}
services:
  resize: {architecture: x86_64, timeout_seconds: 120, max_receive_count: 6, batching_window_seconds: 3}
  store: {memory_mb: 256}
retention: {dlq_days: 4, work_days: 9}
"""
# Values that are still allowed.
EDGES = """
name: photos
encryption: aws
permissions_boundary: A_b+c=d,e.f@g-1
state: s3
renditions:
  - {name: 0_a-b, width: 8192, height: 1, fit: cover, gravity: attention, background: "#FFcc00", quality: 100}
  - {name: b, width: 1, height: 8192, fit: contain, gravity: north-west, format: avif, quality: 1}
watermark:
  text: null
  image: marks/logo.PNG
  opacity: 0
  scale: 0.01
  margin: 0.4
  max_width_px: 32
  angle_degrees: -180
  tile: true
metadata: copyright
pages: first
moderation: {enabled: true, frames: 5, labels: {Explicit: 0, Drugs & Tobacco: 99.5, Sex Toys: null, Alcohol: 100}}
limits: {bytes: 2147483648, frame_pixels: 10000000000, seconds: 840}
output: {key: "{{{dir}{image_id}}}-{rendition}", cache_control: null, metadata: false}
profiles:
  - {prefix: a/, renditions: null, watermark: {min_width_px: 32, text: "x\\u0301\\u0302"}}
  - {prefix: b/, metadata: none, renditions: [{name: b, fit: cover, gravity: faces}]}
services:
  resize: {timeout_seconds: 900, batch_size: 1, batching_window_seconds: 300, maximum_concurrency: 1000}
  watermark: {timeout_seconds: 900, pollers: {maximum: 2000}}
retention: {dlq_days: 1, work_days: 2, logs_days: 3653, old_versions_days: 3650}
"""
# Buckets that exist already, and one that its owner lets the pipeline have the notifications of.
BUCKETS = {
    "existing": """
name: photos
buckets:
  input: {name: pics.example, prefix: a_B.c-1/up/}
  output: {name: pics.example, prefix: made/}
output: {follow_deletes: true}
""",
    "owned": "{name: photos, buckets: {input: {name: pics, events: notification}, output: {prefix: made/}}}",
}


@pytest.fixture(params=["repository", "minimal", "narrow", "edges", "existing", "owned"])
def text(request):
    """The text of a pipeline.yaml."""
    ours = (ROOT / "pipeline.yaml").read_text(encoding="utf-8")
    return {"repository": ours, "minimal": MINIMAL, "narrow": NARROW, "edges": EDGES, **BUCKETS}[request.param]


def test_every_file_is_formatted(copy):
    ran = terraform("fmt", "-check", "-recursive", "-no-color", folder=copy / "terraform")
    assert ran.returncode == 0, f"not formatted: {ran.stdout}{ran.stderr}"


def test_names_settings_environments_and_permissions_are_those_that_python_derives(derive, text, tmp_path):
    (tmp_path / "pipeline.yaml").write_text(text, encoding="utf-8")
    settings = pipeline_settings.load(tmp_path / "pipeline.yaml")
    names = settings.names(**NAMES)
    derived = derive(text)
    assert derived["order"] == list(SERVICES)
    assert derived["buckets"] == {
        "input": names.input_bucket,
        "work": names.work_bucket,
        "output": names.output_bucket,
    }
    assert derived["events"] == settings.events
    bridged = settings.buckets.events == "eventbridge"
    assert json.loads(derived["event_pattern"] or "null") == (
        settings.event_pattern(names.input_bucket) if bridged else None
    )
    assert derived["rule"] == ({"name": names.rule, "arn": names.rule_arn} if bridged else None)
    own = [derived["buckets"][purpose] for purpose in ("input", "work", "output") if not derived["existing"][purpose]]
    assert tuple(own) == names.own_buckets
    assert (derived["state"], derived["state_bucket"]) == (settings.state, names.state_bucket)
    assert derived["encryption"] == settings.encryption
    assert derived["extras"] == list(settings.extras)
    assert (derived["permissions_boundary"] or {}).get("name") == settings.permissions_boundary
    assert (derived["topic"], derived["topic_arn"], derived["ledger"]) == (names.topic, names.topic_arn, names.ledger)
    assert derived["retention"] == vars(settings.retention)
    for service in SERVICES:
        assert derived["functions"][service] == names.function(service)
        assert derived["queues"][service] == names.queue(service)
        assert derived["queue_arns"][service] == names.queue_arn(names.queue(service))
        assert derived["dlqs"][service] == names.dlq(service)
        assert derived["services"][service] == asdict(settings.services[service])
        assert derived["role_policies"][service] == policies.role(
            service, names, moderates=settings.moderates, detects_faces=settings.detects_faces
        )
        assert parsed(derived["environments"][service]) == parsed(settings.environment(service, names, urls_of(names)))


def parsed(environment):
    """An environment with its JSON parsed: Terraform sorts the names in it and escapes < > &."""
    return {name: json.loads(value) if value[:1] in tuple('{["') else value for name, value in environment.items()}


@pytest.mark.parametrize("root", [".", "bootstrap", *ROOTS])
def test_a_root_is_valid(initialised, root):
    ran = terraform("validate", "-no-color", folder=initialised(root))
    assert ran.returncode == 0, ran.stdout + ran.stderr


def refusal_without(folder, fact):
    """Why a plan refuses a downloaded zip that is given without a fact: it is there only once the plan is applied."""
    run = (folder / "tests" / "images.tftest.hcl").read_text(encoding="utf-8")
    assert run.count(f"        {fact}\n") == 1
    (folder / "tests" / "mistaken.tftest.hcl").write_text(run.replace(f"        {fact}\n", ""))
    return refusal_of(folder, "mistaken")


def test_a_released_zip_is_for_arm64_unless_more_is_given(initialised):
    refused = refusal_without(initialised("."), 'architecture = "x86_64"')
    assert "services.resize.architecture is x86_64, and the zip is for arm64; change the setting, or give" in refused
    assert "such as a release's resize-x86_64.zip, and its architecture (zips)" in refused


def test_a_released_zip_has_no_codec_of_an_extra_unless_more_is_given(initialised):
    refused = refusal_without(initialised("."), 'extras = ["jxl"]')
    assert "extras is [jxl], and the zip of watermark has no codec of jxl: a release's never has" in refused
    assert "Build the zip with `make package` and give its path, or remove extras" in refused


def test_a_newer_python_reaches_the_function_and_provider_5_refuses_it(copy, initialised):
    tests = copy / "terraform" / "tests"
    rules = (tests / "service.tftest.hcl").read_text(encoding="utf-8")
    newer = rules.replace("  architecture            =", '  runtime = "python3.14"\n  architecture            =', 1)
    (tests / "newer.tftest.hcl").write_text(newer)
    refused = refusal_of(initialised("."), "newer")  # which finds the modules of a file that is there
    assert "expected runtime to be one of" in refused
    assert "got python3.14" in refused


def refusal_of(folder, rules):
    """What rules report that do not hold, on one line."""
    ran = terraform("test", "-no-color", f"-filter=tests/{rules}.tftest.hcl", folder=folder)
    (folder / "tests" / f"{rules}.tftest.hcl").unlink()
    assert ran.returncode != 0
    return " ".join((ran.stdout + ran.stderr).replace("│", " ").split())


def test_the_rules_of_the_modules_hold(initialised, made):  # `made` tests the others
    folder = initialised(".")
    modules = sorted(path.name for path in (ROOT / "terraform" / "modules").iterdir())
    filters = [f"-filter=tests/{rules}.tftest.hcl" for rules in ("images", "roots", *modules) if rules not in MAKING]
    assert [module for module in modules if not (folder / "tests" / f"{module}.tftest.hcl").is_file()] == []
    ran = terraform("test", "-no-color", *filters, folder=folder)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert " passed, 0 failed" in ran.stdout


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_gets_what_the_local_provisioning_gives_it(made, tested, service):
    settings, names = tested
    of_service = settings.services[service]
    run = made[f"{service}_is_deployed_alone"]
    function = run["module.service.aws_lambda_function.this"]
    mapping = run["module.service.aws_lambda_event_source_mapping.this"]
    policy = run["module.service.aws_iam_role_policy.this"]
    log_group = run["module.service.aws_cloudwatch_log_group.this"]
    assert {name: function[name] for name in ("function_name", "runtime", "architectures", "handler")} == {
        "function_name": names.function(service),
        "runtime": of_service.runtime,
        "architectures": [of_service.architecture],
        "handler": f"services.{service}.handler.handler",
    }
    assert (function["memory_size"], function["timeout"]) == (of_service.memory_mb, of_service.timeout_seconds)
    assert function["environment"][0]["variables"] == settings.environment(service, names, urls_of(names))
    assert json.loads(policy["policy"]) == policies.role(service, names)
    assert policy["name"] == names.function(service)
    assert json.loads(run["module.service.aws_iam_role.this"]["assume_role_policy"]) == policies.trust()
    assert log_group["name"] == f"/aws/lambda/{names.function(service)}"
    assert log_group["retention_in_days"] == settings.retention.logs_days
    assert mapping["event_source_arn"] == names.queue_arn(names.queue(service))
    assert mapping["batch_size"] == of_service.batch_size
    assert mapping["maximum_batching_window_in_seconds"] == of_service.batching_window_seconds
    assert mapping["scaling_config"] == [{"maximum_concurrency": of_service.maximum_concurrency}]
    assert mapping["function_response_types"] == ["ReportBatchItemFailures"]


@pytest.mark.parametrize("service", SERVICES)
def test_a_queue_is_set_up_as_the_local_provisioning_does_it(made, tested, service):
    settings, names = tested
    run = made[PLATFORM_RUN]
    kept_seconds = settings.retention.dlq_days * 86_400
    queue, dlq = (run[f'module.queue["{service}"].aws_sqs_queue.{which}'] for which in ("this", "dlq"))
    assert (queue["name"], dlq["name"]) == (names.queue(service), names.dlq(service))
    assert queue["visibility_timeout_seconds"] == settings.services[service].visibility_timeout_seconds
    assert queue["message_retention_seconds"] == dlq["message_retention_seconds"] == kept_seconds
    assert queue["sqs_managed_sse_enabled"] is dlq["sqs_managed_sse_enabled"] is True
    assert json.loads(queue["redrive_policy"])["maxReceiveCount"] == settings.services[service].max_receive_count


def test_s3_may_send_to_the_first_queue_and_nobody_to_the_others(made, tested):
    _, names = tested
    run = made[PLATFORM_RUN]
    documents = {
        service: json.loads(run[f'module.queue["{service}"].aws_sqs_queue.this']["policy"]) for service in SERVICES
    }
    allowed = {
        service: [each for each in document["Statement"] if each["Effect"] == "Allow"]
        for service, document in documents.items()
    }
    (ours,) = policies.input_queue(names)["Statement"]
    assert allowed["resize"] == [ours]
    assert allowed["watermark"] == allowed["store"] == []


def test_the_ledger_has_the_indexes_and_the_expiry_of_the_local_one(made):
    table = made[PLATFORM_RUN]["aws_dynamodb_table.ledger"]
    assert {each["name"]: (each["hash_key"], each["range_key"]) for each in table["global_secondary_index"]} == {
        name: (partition, ledger_index.UPLOADED_AT) for name, partition in ledger_index.PARTITIONS.items()
    }
    assert {each["projection_type"] for each in table["global_secondary_index"]} == {"KEYS_ONLY"}
    (ttl,) = table["ttl"]
    assert (ttl["attribute_name"], ttl["enabled"]) == (ledger_index.EXPIRES_AT, True)


def test_buckets_are_named_versioned_and_emptied_as_the_local_provisioning_does_it(made, tested):
    settings, names = tested
    run = made[PLATFORM_RUN]
    buckets = {
        purpose: run[f"{module}.aws_s3_bucket.this"]["bucket"]
        for purpose, module in {
            "input": "module.input[0]",
            "work": "module.work",
            "output": "module.output[0]",
        }.items()
    }
    assert buckets == {"input": names.input_bucket, "work": names.work_bucket, "output": names.output_bucket}
    versioned = [address for address in run if "aws_s3_bucket_versioning" in address]
    assert versioned == ["module.input[0].aws_s3_bucket_versioning.this[0]"]
    rules = {
        address.split(".")[1]: values["rule"]
        for address, values in run.items()
        if "aws_s3_bucket_lifecycle_configuration" in address
    }
    (old,), (intermediate,) = rules.pop("input[0]"), rules.pop("work")
    assert not rules
    assert old["id"] == "expire-old-versions"
    assert old["expiration"][0]["expired_object_delete_marker"] is True
    assert old["expiration"][0]["days"] in {0, None}
    assert old["noncurrent_version_expiration"][0]["noncurrent_days"] == settings.retention.old_versions_days
    assert old["abort_incomplete_multipart_upload"] == [{"days_after_initiation": 1}]
    assert intermediate["id"] == "expire-intermediate"
    assert intermediate["expiration"][0]["days"] == settings.retention.work_days
    assert intermediate["noncurrent_version_expiration"] == []


def test_the_topic_the_ledger_and_the_notification_are_named_as_the_local_provisioning_names_them(made, tested):
    _, names = tested
    run = made[PLATFORM_RUN]
    assert run["aws_sns_topic.notices"]["name"] == names.topic
    assert run["aws_dynamodb_table.ledger"]["name"] == names.ledger
    assert run["aws_s3_bucket_notification.uploads[0]"]["queue"][0]["id"] == "uploads"


def test_every_bucket_and_queue_is_encrypted_with_the_customer_s_key_on_request(made):
    run = made[CUSTOMER_RUN]
    key = run["module.key[0].aws_kms_key.this"]["arn"]
    encryptions = [values for address, values in run.items() if "server_side_encryption_configuration" in address]
    queues = [values for address, values in run.items() if "aws_sqs_queue" in address]
    (rules,) = {json.dumps(each["rule"][0]["apply_server_side_encryption_by_default"]) for each in encryptions}
    assert json.loads(rules) == [{"kms_master_key_id": key, "sse_algorithm": "aws:kms"}]
    assert len(encryptions) == 3
    assert {each["kms_master_key_id"] for each in queues} == {key}
    assert len(queues) == 2 * len(SERVICES)
