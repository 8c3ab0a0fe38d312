"""What terraform/ uses exists in the providers 5.100 and 6, and nothing of it is deprecated there."""

import json

import pytest
from kit.provider_schemas import FILE, of_provider, problems, used, used_by
from kit.terraform import terraform

# No argument for an index is in 5.100 and not deprecated: key_schema came after 6.25, and deprecated these two.
# https://github.com/hashicorp/terraform-provider-aws/issues/46197
UNAVOIDABLE = {
    f"resource aws_dynamodb_table.global_secondary_index.{name} is deprecated" for name in ("hash_key", "range_key")
}


@pytest.fixture(scope="module", params=[5, 6])
def schema(request):
    """The types of a major version of the provider: 5.100 says them itself, published bindings those of 6."""
    if request.param == 6:
        return json.loads(FILE.read_text(encoding="utf-8"))["types"]
    folder = request.getfixturevalue("initialised")(".")
    ran = terraform("providers", "schema", "-json", folder=folder)
    assert ran.returncode == 0, ran.stderr
    return of_provider(json.loads(ran.stdout), {each.key for each in used()} | {"data aws_region"})


@pytest.fixture
def uses_of(tmp_path):
    """What a configuration uses, from its text."""

    def using(text):
        (tmp_path / "main.tf").write_text(text, encoding="utf-8")
        return list(used_by(tmp_path / "main.tf", tmp_path))

    return using


def found(uses, schema):
    """The problems of some uses, each without its file."""
    return {problem.partition(": ")[2] for use in uses for problem in problems(use, schema)}


def test_all_that_is_used_exists_and_is_not_deprecated(schema):
    uses = used()
    assert len({use.key for use in uses}) > 25
    assert found(uses, schema) <= UNAVOIDABLE


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('resource "aws_sqs_queue" "a" {\n  nmae = "a"\n}\n', "resource aws_sqs_queue has no argument nmae"),
        ('resource "aws_kms_alias" "a" {\n}\n', "resource aws_kms_alias needs target_key_id"),
        (
            'resource "aws_s3_bucket" "a" {\n  acl = "private"\n}\n',
            "resource aws_s3_bucket.acl is deprecated",
        ),
        (
            'resource "aws_dynamodb_table" "a" {\n  name = "a"\n  ttl {\n    enbaled = true\n  }\n}\n',
            "resource aws_dynamodb_table.ttl has no argument enbaled",
        ),
        (
            (
                'resource "aws_s3_bucket_notification" "a" {\n  bucket = "a"\n  dynamic "queue" {\n    content {\n'
                '      events = []\n      queue = "a"\n    }\n  }\n}\n'
            ),
            "resource aws_s3_bucket_notification.queue has no argument queue",
        ),
        ("locals {\n  a = one(aws_sqs_queue.a[*].uri)\n}\n", "resource aws_sqs_queue has no attribute uri"),
        ('locals {\n  a = "${data.aws_partition.a.suffix}"\n}\n', "data aws_partition has no attribute suffix"),
        ('resource "aws_sqs_quueue" "a" {\n}\n', "resource aws_sqs_quueue is not in the schema"),
    ],
)
def test_what_a_provider_does_not_have_is_found(schema, uses_of, text, problem):
    assert problem in found(uses_of(text), schema)


@pytest.mark.parametrize(
    ("attribute", "problem"),
    [
        ("name", {5: set(), 6: {"data aws_region.name is deprecated"}}),
        ("id", {5: set(), 6: {"data aws_region.id is deprecated"}}),
        ("region", {5: {"data aws_region has no attribute region"}, 6: set()}),
    ],
)
def test_no_attribute_of_a_region_is_in_both(schema, uses_of, request, attribute, problem):
    major = request.node.callspec.params["schema"]
    assert found(uses_of(f"locals {{\n  a = data.aws_region.a.{attribute}\n}}\n"), schema) == problem[major]
