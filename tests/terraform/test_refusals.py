"""A plan refuses what Terraform itself uses of a wrong pipeline.yaml, and a function what Terraform passes to it."""

import re

import pytest
import yaml

from ops import settings as pipeline_settings
from ops.settings import ROOT
from services.resize.settings import Settings as ResizeSettings
from services.store.settings import Settings as StoreSettings
from services.watermark.settings import Settings as WatermarkSettings
from shared.errors import BadSetting


def refusal(values):
    """Python's error for settings; None where it accepts them."""
    try:
        pipeline_settings.parse({"name": "photos"} | values)
    except BadSetting as error:
        return str(error)
    return None


def refused_by_plan(derive, text):
    """A plan's error for a pipeline.yaml that it refuses, on one line."""
    ran = derive.apply(text)
    assert ran.returncode != 0, "Terraform takes it"
    return " ".join(ran.stderr.replace("│", " ").split())


def test_a_function_s_log_may_be_kept_as_long_as_the_settings_allow():
    text = (ROOT / "terraform" / "modules" / "service" / "variables.tf").read_text(encoding="utf-8")
    (days,) = re.findall(r"contains\(\[([\d,\s]+)\], var\.logs_days\)", text)
    allowed = pipeline_settings.SCHEMA["properties"]["retention"]["properties"]["logs_days"]["enum"]
    assert [int(each) for each in days.split(",")] == allowed
    assert f"CloudWatch allows {', '.join(map(str, allowed))}." in text


# Errors that hide all others.
ALONE = [
    ("name: Photos", 'name is "Photos"; allowed: 2 to 24'),
    ("name: sthree-photos", 'name is "sthree-photos"; allowed: a name that does not begin with sthree-'),
    ("name: null", "name is null; allowed: 2 to 24"),
    ("nmae: x", "pipeline.yaml has nmae, which is not a setting; allowed: buckets, budget, encryption"),
]
# Settings that Terraform itself uses.
CASES = [
    ("encryption: kms", 'encryption is "kms"; allowed: one of aws, customer'),
    ("encryption: null", "encryption is null; allowed: one of aws, customer"),
    ("state: [s3]", 'state is ["s3"]; allowed: one of local, s3'),
    ("permissions_boundary: arn:aws:iam::1:policy/x", 'is "arn:aws:iam::1:policy/x"; allowed: the name of a policy'),
    ("permissions_boundary: ''", 'permissions_boundary is ""; allowed: the name of a policy'),
    (f"permissions_boundary: {'b' * 129}", "allowed: the name of a policy"),
    ("permissions_boundary: [x]", 'permissions_boundary is ["x"]; allowed: the name of a policy'),
    ("services: 3", "services.3 is not a setting; allowed: resize, store, watermark"),
    ("services: {shrink: {}}", "services.shrink is not a setting; allowed: resize, store, watermark"),
    ("services: {resize: 3}", "services.resize is 3; it must be a mapping of settings"),
    ("services: {resize: null}", "services.resize is null; it must be a mapping of settings"),
    (
        "services: {resize: {memory: 1}}",
        "services.resize.memory is not a setting; allowed: architecture, batch_size, batching",
    ),
    (
        "services: {store: {memory_mb: 127}}",
        "services.store.memory_mb is 127; allowed: a whole number from 128 to 10240",
    ),
    ("services: {store: {memory_mb: 10241}}", "services.store.memory_mb is 10241; allowed"),
    ("services: {store: {memory_mb: -128}}", "services.store.memory_mb is -128; allowed"),
    ("services: {store: {timeout_seconds: '60'}}", 'services.store.timeout_seconds is "60"; allowed'),
    ("services: {store: {batch_size: 1.5}}", "services.store.batch_size is 1.5; allowed"),
    ("services: {store: {batch_size: true}}", "services.store.batch_size is true; allowed"),
    ("services: {store: {batch_size: null}}", "services.store.batch_size is null; allowed"),
    ("services: {resize: {max_receive_count: 5}}", "services.resize.max_receive_count is 5; allowed"),
    ("retention: null", "retention is null; it must be a mapping of settings"),
    ("retention: {dlq_days: 15}", "retention.dlq_days is 15; allowed: a whole number from 1 to 14"),
    ("retention: {days: 15}", "retention.days is not a setting"),
    ("retention: {work_days: 14}", "retention.work_days is 14; allowed: more than dlq_days (14)"),
    (
        "services: {store: {max_receive_count: 1000, timeout_seconds: 900}}",
        "services.store.max_receive_count is 1000; allowed: fewer, or more retention.dlq_days (14)",
    ),
    ("retention: {logs_days: 31}", "retention.logs_days is 31; allowed: one of 1, 3, 5, 7, 14, 30, 60"),
    ("uploads: null", "uploads is null; it must be a mapping of settings"),
    ("uploads: {origins: []}", "uploads.origins is not a setting; allowed: cors_origins"),
    ("uploads: {cors_origins: null}", "uploads.cors_origins is null; allowed: a list of 0 to 100 entries"),
    ("uploads: {cors_origins: 'https://a.de'}", 'uploads.cors_origins is "https://a.de"; allowed: a list'),
    ("uploads: {cors_origins: {a: 'https://a.de'}}", "uploads.cors_origins is {"),
    (f"uploads: {{cors_origins: {['https://a.de'] * 101}}}", "allowed: a list of 0 to 100 entries"),
    (
        "uploads: {cors_origins: ['https://a.de', 'https://a.de/']}",
        'uploads.cors_origins[1] is "https://a.de/"; allowed: https://host or https://host:port',
    ),
    ("uploads: {cors_origins: [1]}", "uploads.cors_origins[0] is 1; allowed"),
    ("uploads: {cors_origins: [{}]}", "uploads.cors_origins[0] is {}; allowed"),
    ("uploads: {cors_origins: ['http://a.de']}", 'uploads.cors_origins[0] is "http://a.de"; allowed'),
    (f"uploads: {{cors_origins: ['https://{'a' * 300}']}}", "allowed: https://host"),
    ("services: {resize: {pollers: 3}}", "services.resize.pollers is 3; it must be a mapping of settings"),
    ("services: {resize: {pollers: {min: 2}}}", "services.resize.pollers.min is not a setting; allowed: maximum, min"),
    ("services: {resize: {pollers: {minimum: 1}}}", "services.resize.pollers.minimum is 1; allowed: a whole number"),
    (
        "services: {store: {pollers: {maximum: 2001}}}",
        "pollers.maximum is 2001; allowed: a whole number from 2 to 2000",
    ),
    ("services: {store: {pollers: {maximum: '9'}}}", 'services.store.pollers.maximum is "9"; allowed: a whole number'),
    (
        "services: {watermark: {pollers: {minimum: 9, maximum: 8}}}",
        "services.watermark.pollers.minimum is 9; allowed: at most pollers.maximum (8)",
    ),
    (
        "services: {watermark: {pollers: {}, maximum_concurrency: 5}}",
        "services.watermark has pollers and maximum_concurrency; allowed: one of them. With pollers,",
    ),
    ("budget: 50", "budget is 50; it must be a mapping of settings"),
    ("budget: {dollars: 50}", "budget.dollars is not a setting; allowed: emails, monthly_dollars"),
    ("budget: {monthly_dollars: 50}", "budget.emails is []; allowed: a list of 0 to 10 entries, at least one with"),
    ("budget: {monthly_dollars: 0, emails: [a@b.de]}", "budget.monthly_dollars is 0; allowed: a whole number from 1"),
    ("budget: {monthly_dollars: '5', emails: [a@b.de]}", 'budget.monthly_dollars is "5"; allowed: a whole number'),
    ("budget: {monthly_dollars: 5, emails: [nobody]}", 'budget.emails[0] is "nobody"; allowed: an e-mail address of'),
    ("budget: {emails: ops@example.com}", 'budget.emails is "ops@example.com"; allowed: a list of 0 to 10'),
    ("outputs: {origins: []}", "outputs.origins is not a setting; allowed: cors_origins"),
    ("outputs: {cors_origins: ['http://a.de']}", 'outputs.cors_origins[0] is "http://a.de"; allowed'),
    ("outputs: {cors_origins: null}", "outputs.cors_origins is null; allowed: a list of 0 to 100 entries"),
    ("buckets: null", "buckets is null; it must be a mapping of settings"),
    ("buckets: {work: {}}", "buckets.work is not a setting; allowed: input, output"),
    ("buckets: {input: pics}", 'buckets.input is "pics"; it must be a mapping of settings'),
    ("buckets: {output: {events: null}}", "buckets.output.events is not a setting; allowed: name, prefix"),
    ("buckets: {input: {name: Pics}}", 'buckets.input.name is "Pics"; allowed: 3 to 63 characters'),
    ("buckets: {input: {name: 12345}}", "buckets.input.name is 12345; allowed: 3 to 63 characters"),
    (f"buckets: {{output: {{name: {'b' * 64}}}}}", "allowed: 3 to 63 characters"),
    ("buckets: {input: {prefix: up}}", 'buckets.input.prefix is "up"; allowed: folders'),
    ("buckets: {input: {prefix: null}}", "buckets.input.prefix is null; allowed: folders"),
    ("buckets: {output: {prefix: 'a*/'}}", 'buckets.output.prefix is "a*/"; allowed: folders'),
    (f"buckets: {{output: {{prefix: {'a/' * 101}}}}}", "allowed: folders"),
    ("buckets: {input: {events: sns}}", 'buckets.input.events is "sns"; allowed: one of notification, eventbridge'),
    ("buckets: {input: {name: pics}, output: {name: pics}}", "are s3://pics/ and s3://pics/; allowed: prefixes"),
    (
        "buckets: {input: {name: pics, prefix: a/b/}, output: {name: pics, prefix: a/}}",
        "buckets.input and buckets.output are s3://pics/a/b/ and s3://pics/a/; allowed: prefixes of one bucket",
    ),
    (
        "buckets: {output: {name: photos-input-123456789012-eu-west-1}}",
        'buckets.output.name is "photos-input-123456789012-eu-west-1"; allowed: a bucket that exists already',
    ),
    (
        "{buckets: {input: {name: pics}}, uploads: {cors_origins: ['https://a.de']}}",
        'uploads.cors_origins is ["https://a.de"]; allowed: [] where buckets.input.name is given',
    ),
    (
        "{buckets: {output: {name: pics}}, outputs: {cors_origins: ['https://a.de']}}",
        'outputs.cors_origins is ["https://a.de"]; allowed: [] where buckets.output.name is given',
    ),
    ("retention: {logs_days: '30'}", 'retention.logs_days is "30"; allowed: one of 1, 3, 5, 7, 14, 30, 60'),
]
# Settings that functions read and Terraform passes through: the function that refuses them, and its error.
PASSED = [
    ("limits: null", "resize", "limits is null; it must be a mapping of settings"),
    ("limits: {pixels: true}", "resize", "limits.pixels is true; allowed: a whole number"),
    ("limits: {pixel: 1}", "resize", "limits.pixel is not a setting; did you mean pixels?"),
    ("formats: heic", "resize", "formats is 'heic'; allowed: a list of some of jpeg"),
    ("metadata: all", "resize", "metadata is 'all'; allowed: one of none, copyright"),
    ("pages: both", "resize", "pages is 'both'; allowed: one of first, all"),
    ("renditions: {name: a}", "resize", 'renditions is {"name": "a"}; allowed: a list of 1 to 10 entries'),
    ("renditions: [{name: a}, {name: a}]", "resize", "renditions are called a, a; allowed: each name once"),
    ("moderation: {enabled: 'true'}", "resize", "moderation.enabled is 'true'; allowed: true or false"),
    ("moderation: {labels: {Explicit: 101}}", "resize", "moderation.labels.Explicit is 101; allowed: a number"),
    ("watermark: {opacity: 1.5}", "watermark", "watermark.opacity is 1.5; allowed: a number from 0 to 1"),
    ("watermark: {text: a, image: b.png}", "watermark", "watermark has text 'a' and image 'b.png'"),
    ("overrides: [size]", "watermark", "overrides[0] is 'size'; allowed: one of renditions"),
    ("profiles: avatars/", "watermark", "profiles is 'avatars/'; allowed: a list of 0 to 20 entries"),
    ("profiles: [avatars/]", "resize", "profiles[0] is 'avatars/'; it must be a mapping of settings"),
    ("profiles: [{prefix: a/, limits: {}}]", "resize", "profiles[0].limits is not a setting"),
    ("profiles: [{prefix: a/, watermark: {scale: 0}}]", "watermark", "profiles[0].watermark.scale is 0; allowed"),
    ("output: {key: '{stem}{ext}'}", "store", "output.key is '{stem}{ext}'; allowed: a template with {rendition}"),
]
READERS = {"resize": ResizeSettings, "watermark": WatermarkSettings, "store": StoreSettings}


@pytest.fixture(scope="session")
def planned(derive):
    """A plan's errors for the file in which a case is packed: in few files, as a plan reports all errors at once."""
    files, errors = packed(CASES), {}

    def of(lines):
        file = files[lines]
        if file not in errors:
            errors[file] = refused_by_plan(derive, file)
        return errors[file]

    return of


def packed(cases):
    """The text of the file that contains each case, by its lines."""
    files = []
    for lines, _ in cases:
        values = yaml.safe_load(lines)
        file = next((each for each, _ in files if not each.keys() & values.keys()), None)
        if file is None:
            file = {"name": "photos"}
            files.append((file, []))
        file.update(values)
        next(held for each, held in files if each is file).append(lines)
    return {lines: yaml.safe_dump(file, allow_unicode=True) for file, held in files for lines in held}


@pytest.mark.parametrize(("lines", "words"), CASES, ids=[lines[:60] for lines, _ in CASES])
def test_terraform_refuses_by_name_what_it_uses_itself(planned, lines, words):
    assert refusal(yaml.safe_load(lines)) is not None
    assert words in planned(lines)


@pytest.mark.parametrize(("lines", "words"), ALONE)
def test_a_name_or_a_section_that_does_not_exist_is_refused(derive, lines, words):
    values = {"name": "photos"} | yaml.safe_load(lines)
    assert refusal(values) is not None
    assert words in refused_by_plan(derive, yaml.safe_dump(values))


@pytest.fixture(scope="session")
def passed(derive):
    """The environments that Terraform makes of each case that it passes through, all made at once."""
    return derive.all([f"name: photos\n{lines}" for lines, _, _ in PASSED])


@pytest.mark.parametrize("case", range(len(PASSED)), ids=[lines[:60] for lines, _, _ in PASSED])
def test_a_function_refuses_what_terraform_passes_through_as_ops_does(passed, case):
    lines, service, words = PASSED[case]
    assert words in refusal(yaml.safe_load(lines))
    with pytest.raises(BadSetting) as refused:
        READERS[service].from_env(passed[case]["environments"][service])
    assert words in str(refused.value)
