"""What Python refuses of pipeline.yaml, a plan refuses too: by name, value and what is allowed."""

import re

import pytest
import yaml

from ops import settings as pipeline_settings
from ops.settings import ROOT
from shared.errors import BadSetting

# Each section, put where it belongs in pipeline.yaml, and what must be in it.
SECTIONS = {
    "": (lambda values: values, {}),
    "limits": (lambda values: {"limits": values}, {}),
    "output": (lambda values: {"output": values}, {}),
    "moderation": (lambda values: {"moderation": values}, {}),
    "moderation.labels": (lambda values: {"moderation": {"labels": values}}, {}),
    "renditions[0]": (lambda values: {"renditions": [values]}, {"name": "x"}),
    "watermark": (lambda values: {"watermark": values}, {}),
    "retention": (lambda values: {"retention": values}, {}),
    "profiles[0]": (lambda values: {"profiles": [values]}, {"prefix": "a/"}),
    "profiles[0].renditions[0]": (
        lambda values: {"profiles": [{"prefix": "a/", "renditions": [values]}]},
        {"name": "x"},
    ),
    "profiles[0].watermark": (lambda values: {"profiles": [{"prefix": "a/", "watermark": values}]}, {}),
    "services.resize": (lambda values: {"services": {"resize": values}}, {}),
    "services.watermark": (lambda values: {"services": {"watermark": values}}, {}),
    "services.store": (lambda values: {"services": {"store": values}}, {}),
}


def refusal(values):
    """What Python says of settings; None where it takes them."""
    try:
        pipeline_settings.parse({"name": "photos"} | values)
    except BadSetting as error:
        return re.sub(r"(?<=\d),(?=\d{3})", "", str(error))
    return None


def refused_by_plan(derive, text):
    """What a plan says of a pipeline.yaml that it refuses, on one line."""
    ran = derive.apply(text)
    assert ran.returncode != 0, "Terraform takes it"
    return " ".join(ran.stderr.replace("│", " ").split())


@pytest.mark.parametrize("path", SECTIONS)
def test_of_every_setting_that_python_knows_terraform_allows_the_same(derive, path):
    """Which settings there are, and their bounds and words, are what Python says when it is given nonsense."""
    put, least = SECTIONS[path]
    unknown = refusal(put(least | {"nonsense": 1}))
    assert unknown.startswith(f"{path}.nonsense is not a setting; allowed: ".removeprefix(".")), unknown
    known = unknown.partition("allowed: ")[2].split(", ")
    # An empty mapping is not a number, no text, no word, no list, and neither true nor false.
    wrong = {name: refusal(put(least | {name: {}})) for name in known if name != "name" or path}
    refusals = [said for said in wrong.values() if said is not None]
    assert len(refusals) >= len(known) // 2
    # Of the whole file Terraform reports unknown sections before it looks into any.
    nonsense = {"nonsense": 1} if path else {}
    said = refused_by_plan(derive, yaml.safe_dump({"name": "photos"} | put({name: {} for name in wrong} | nonsense)))
    for expected in [*refusals, *([unknown] if path else [])]:
        assert f"{expected}." in said


def test_a_function_s_log_may_be_kept_as_long_as_the_settings_may_say():
    text = (ROOT / "terraform" / "modules" / "service" / "variables.tf").read_text(encoding="utf-8")
    (days,) = re.findall(r"contains\(\[([\d,\s]+)\], var\.logs_days\)", text)
    assert tuple(map(int, days.split(","))) == pipeline_settings.LOGS_DAYS
    assert f"CloudWatch allows {', '.join(map(str, pipeline_settings.LOGS_DAYS))}." in text


# What hides what else is wrong.
ALONE = [
    ("name: Photos", 'name is "Photos"; allowed: 2 to 24'),
    ("nmae: x", "has a section that is none"),
    ("services: {shrink: {}}", "services has a service that is none"),
    ("services: 3", "services has a service that is none"),
]
CASES = [
    ("encryption: kms", 'encryption is "kms"; allowed: one of aws, customer'),
    (
        "permissions_boundary: arn:aws:iam::1:policy/x",
        'permissions_boundary is "arn:aws:iam::1:policy/x"; allowed: the name',
    ),
    ("permissions_boundary: ''", 'permissions_boundary is ""; allowed: a text of 1 to 128 characters'),
    (f"permissions_boundary: {'b' * 129}", "allowed: a text of 1 to 128 characters"),
    ("permissions_boundary: [x]", 'permissions_boundary is ["x"]; allowed: a text of 1 to 128'),
    ("state: git", 'state is "git"; allowed: one of local, s3'),
    ("metadata: all", 'metadata is "all"; allowed: one of none, copyright'),
    ("pages: both", 'pages is "both"; allowed: one of first, all'),
    (
        "{pages: all, output: {key: '{stem}-{rendition}'}}",
        'pages is "all" and output.key is "{stem}-{rendition}"; allowed: an output.key with {page}',
    ),
    ("formats: [jpeg, svg]", 'formats is ["jpeg","svg"]; allowed: a list of some of jpeg, png'),
    ("formats: heic", 'formats is "heic"; allowed: a list of some of jpeg, png'),
    ("overrides: [size]", 'overrides is ["size"]; allowed: a list of some of renditions'),
    ("overrides: quality", 'overrides is "quality"; allowed: a list of some of'),
    ("services: {resize: 3}", "services.resize is 3; it must be a mapping of settings"),
    ("services: {resize: {memory: 1}}", "services.resize.memory is not a setting"),
    ("services: {store: {memory_mb: 127}}", "services.store.memory_mb is 127; allowed"),
    ("services: {store: {timeout_seconds: '60'}}", 'services.store.timeout_seconds is "60"; allowed'),
    ("services: {store: {batch_size: 1.5}}", "services.store.batch_size is 1.5; allowed"),
    ("services: {resize: {max_receive_count: 5}}", "services.resize.max_receive_count is 5; allowed"),
    ("retention: {dlq_days: 15}", "retention.dlq_days is 15; allowed"),
    ("retention: {days: 15}", "retention.days is not a setting"),
    ("retention: {work_days: 14}", "retention.work_days is 14; allowed: more than dlq_days (14)"),
    (
        "retention: {logs_days: 31}",
        "retention.logs_days is 31; allowed: what CloudWatch allows, 1, 3, 5, 7, 14, 30, 60",
    ),
    ("limits:", "limits is null; it must be a mapping of settings"),
    ("limits: {seconds: 56}", "limits.seconds is 56; allowed: at least 5 less than"),
    ("limits: {bytes: 1023}", "limits.bytes is 1023; allowed: a whole number from 1024 to 2147483648"),
    ("limits: {pixels: true}", "limits.pixels is true; allowed: a whole number"),
    ("renditions: []", "renditions is []; allowed: a list of 1 to 10 entries"),
    (f"renditions: [{', '.join(f'{{name: r{n}}}' for n in range(11))}]", "allowed: a list of 1 to 10 entries"),
    ("renditions: {name: a}", 'renditions is {"name":"a"}; allowed: a list of 1 to 10 entries'),
    ("renditions: [a]", 'renditions[0] is "a"; it must be a mapping of settings'),
    ("renditions: [{width: 1}]", "renditions[0].name is not given; allowed: a text of 1 to 32"),
    ("renditions: [{name: Big}]", 'renditions[0].name is "Big"; allowed: a to z'),
    ("renditions: [{name: a}, {name: a}]", "renditions are called a, a; allowed: each name once"),
    ("renditions: [{name: a}, {name: b, width: 8193}]", "renditions[1].width is 8193; allowed"),
    ("renditions: [{name: a, fit: crop}]", 'renditions[0].fit is "crop"; allowed: one of inside, cover, contain'),
    ("renditions: [{name: a, watermark: 'no'}]", 'renditions[0].watermark is "no"; allowed: true or false'),
    ("renditions: [{name: a, background: '#ffcc0'}]", 'renditions[0].background is "#ffcc0"; allowed: transparent'),
    ("renditions: [{name: a, background: #ffcc00\n}]", "renditions[0].background is null; allowed: transparent"),
    ("renditions: [{name: a, gravity: north}]", 'renditions[0].gravity is "north"; allowed: center where fit'),
    ("renditions: [{name: a, fit: contain, gravity: attention}]", "allowed: the nine directions where fit is contain"),
    ("watermark: {opacity: 1.01}", "watermark.opacity is 1.01; allowed: a number from 0 to 1"),
    ("watermark: {scale: 0}", "watermark.scale is 0; allowed: a number from 0.01 to 1"),
    ("watermark: {position: left}", 'watermark.position is "left"; allowed: one of top-left'),
    (f"watermark: {{text: {'é' * 201}}}", "allowed: a text of 1 to 200 characters"),
    ("watermark: {text: ''}", 'watermark.text is ""; allowed: a text of 1 to 200 characters'),
    ("watermark: {text: a, image: b.png}", 'watermark has text "a" and image "b.png"; allowed: one of the two'),
    ("watermark: {image: /b.png}", 'watermark.image is "/b.png"; allowed: the path of a file in this repository'),
    ("watermark: {image: a/../b.png}", 'watermark.image is "a/../b.png"; allowed: the path of a file'),
    ("watermark: {image: b.svg}", 'watermark.image is "b.svg"; allowed: a file that ends in .png, .webp, .jpg, .jpeg'),
    ("watermark: {image: b/.png}", 'watermark.image is "b/.png"; allowed: a file that ends in'),
    ("watermark: {min_width_px: 65, max_width_px: 64}", "watermark.min_width_px is 65; allowed: no more than"),
    ("watermark: {angle_degrees: 181}", "watermark.angle_degrees is 181; allowed: a number from -180 to 180"),
    ("output: {key: '{stem}{ext}'}", "allowed: a template with {rendition} and one of {stem}, {image_id}"),
    ("output: {key: '{rendition}{ext}'}", "allowed: a template with {rendition} and one of {stem}, {image_id}"),
    ("output: {key: '{{stem}}-{rendition}'}", "allowed: a template with {rendition} and one of"),
    ("output: {key: '{stem}-{rendition}-{user}'}", "fields {dir}, {stem}, {rendition}, {page}, {ext}, {image_id}"),
    ("output: {key: '{stem}-{rendition!r}'}", "allowed: fields {dir}, {stem}"),
    ("output: {key: '{stem}-{rendition'}", "allowed: fields {dir}, {stem}"),
    ("output: {key: '{stem}-{rendition}}'}", "allowed: fields {dir}, {stem}"),
    ("output: {cache_control: 'naïve'}", 'output.cache_control is "naïve"; allowed: printable ASCII'),
    ("output: {tags: 1}", "output.tags is 1; allowed: true or false"),
    ("moderation: true", "moderation is true; it must be a mapping of settings"),
    ("moderation: {enabled: 'true'}", 'moderation.enabled is "true"; allowed: true or false'),
    ("moderation: {labels: {Explict: 60}}", "moderation.labels.Explict is not a setting; allowed: Air Crash, Alcohol"),
    ("moderation: {labels: {Drugs & Tobacco: 100.5}}", "moderation.labels.Drugs & Tobacco is 100.5; allowed: a number"),
    ("moderation: {labels: {Explicit: null}}", 'moderation.labels is {"Explicit":null}; allowed: at least one label'),
    ("moderation: {labels: [Explicit]}", 'moderation.labels is ["Explicit"]; it must be a mapping of settings'),
    ("profiles: avatars/", 'profiles is "avatars/"; allowed: a list of 0 to 20 entries'),
    (f"profiles: [{', '.join(f'{{prefix: p{n}/}}' for n in range(21))}]", "allowed: a list of 0 to 20 entries"),
    ("profiles: [avatars/]", 'profiles[0] is "avatars/"; it must be a mapping of settings'),
    ("profiles: [{metadata: none}]", "profiles[0].prefix is not given; allowed: a text of 1 to 200"),
    ("profiles: [{prefix: a/}, {prefix: a/}]", 'profiles[1].prefix is "a/"; allowed: each prefix once'),
    ("profiles: [{prefix: a/, moderation: {}}]", "profiles[0].moderation is not a setting; allowed: metadata, prefix"),
    ("profiles: [{prefix: a/, limits: {}}]", "profiles[0].limits is not a setting; allowed: metadata, prefix"),
    ("profiles: [{prefix: a/, renditions: []}]", "profiles[0].renditions is []; allowed: a list of 1 to 10"),
    (
        "profiles: [{prefix: a/, renditions: [{name: b}, {name: b}]}]",
        "profiles[0].renditions are called b, b; allowed: each name once",
    ),
    ("profiles: [{prefix: a/, watermark: }]", "profiles[0].watermark is null; it must be a mapping of settings"),
    (
        "watermark: {max_width_px: 50}\nprofiles: [{prefix: a/, watermark: {min_width_px: 51}}]",
        "profiles[0].watermark.min_width_px is 51; allowed: no more than max_width_px (50)",
    ),
]


def packed(cases):
    """Cases in few files, for a plan reports all that is wrong at once: what each says, by its lines."""
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


@pytest.fixture(scope="session")
def planned(derive):
    """What a plan says of the file that a case is packed into."""
    files, said = packed(CASES), {}

    def of(lines):
        file = files[lines]
        if file not in said:
            said[file] = refused_by_plan(derive, file)
        return said[file]

    return of


@pytest.mark.parametrize(("lines", "words"), CASES, ids=[lines[:60] for lines, _ in CASES])
def test_what_python_refuses_terraform_refuses_by_name(planned, lines, words):
    assert refusal(yaml.safe_load(lines)) is not None
    assert words in planned(lines)


@pytest.mark.parametrize(("lines", "words"), ALONE)
def test_a_name_section_or_service_that_is_none_is_refused(derive, lines, words):
    values = {"name": "photos"} | yaml.safe_load(lines)
    assert refusal(values) is not None
    assert words in refused_by_plan(derive, yaml.safe_dump(values))
