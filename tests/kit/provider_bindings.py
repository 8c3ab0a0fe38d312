"""Writes tests/terraform/provider-6.json, the schema of the AWS provider 6, from published bindings of it."""

import base64
import hashlib
import json
import re
import sys
import tarfile
from pathlib import Path
from typing import Any

from kit.provider_schemas import FILE, used

# Arguments, blocks and attributes are those of the first, which is generated from the schema of 6.25.0 and is its last
# release. What is deprecated is said by the second, which is still released. Each with its integrity, as npm states it.
CDKTF = (
    "cdktf-provider-aws-21.22.1.tgz",
    "sha512-BuSHeaQFUL9l33pBzIMRT7cTQ69AM2mLtijjteCPhVQRmvuhuj9Lvfymf7knAMhYqAT6+Lrls9jiGVW/Us3zrQ==",
)
PULUMI = (
    "pulumi-aws-7.48.0.tgz",
    "sha512-roKXYZ2EyjvapKYacvRQNUeW2UBI8MKwzO2338XwdXtCf75TabY4DVy56zY2HbnEU0H1fbBXct8oAx9ynQeMrA==",
)

# Where Pulumi has another name for a type.
PULUMI_FILES = {
    "resource aws_budgets_budget": "budgets/budget",
    "resource aws_cloudwatch_dashboard": "cloudwatch/dashboard",
    "resource aws_cloudwatch_event_rule": "cloudwatch/eventRule",
    "resource aws_cloudwatch_event_target": "cloudwatch/eventTarget",
    "resource aws_cloudwatch_log_group": "cloudwatch/logGroup",
    "resource aws_cloudwatch_metric_alarm": "cloudwatch/metricAlarm",
    "resource aws_cloudwatch_query_definition": "cloudwatch/queryDefinition",
    "resource aws_dynamodb_table": "dynamodb/table",
    "resource aws_iam_openid_connect_provider": "iam/openIdConnectProvider",
    "resource aws_iam_policy": "iam/policy",
    "resource aws_iam_role": "iam/role",
    "resource aws_iam_role_policy": "iam/rolePolicy",
    "resource aws_iam_role_policy_attachment": "iam/rolePolicyAttachment",
    "resource aws_kms_alias": "kms/alias",
    "resource aws_kms_key": "kms/key",
    "resource aws_lambda_alias": "lambda/alias",
    "resource aws_lambda_event_source_mapping": "lambda/eventSourceMapping",
    "resource aws_lambda_function": "lambda/function",
    "resource aws_s3_bucket": "s3/bucket",
    "resource aws_s3_bucket_cors_configuration": "s3/bucketCorsConfiguration",
    "resource aws_s3_bucket_lifecycle_configuration": "s3/bucketLifecycleConfiguration",
    "resource aws_s3_bucket_notification": "s3/bucketNotification",
    "resource aws_s3_bucket_policy": "s3/bucketPolicy",
    "resource aws_s3_bucket_public_access_block": "s3/bucketPublicAccessBlock",
    "resource aws_s3_bucket_server_side_encryption_configuration": "s3/bucketServerSideEncryptionConfiguration",
    "resource aws_s3_bucket_versioning": "s3/bucketVersioning",
    "resource aws_sns_topic": "sns/topic",
    "resource aws_sqs_queue": "sqs/queue",
    "data aws_caller_identity": "getCallerIdentity",
    "data aws_kms_alias": "kms/getAlias",
    "data aws_partition": "getPartition",
    "data aws_region": "getRegion",
    "data aws_service": "getService",
}
# Checked besides what is used: it shows that a deprecated attribute is found.
ALSO = {"data aws_region"}


def read(folder: Path, package: tuple[str, str]) -> tarfile.TarFile:
    """Open a package, after its integrity was checked.

    Raises:
        ValueError: these are other bytes than those that were published.
    """
    name, integrity = package
    path = folder / name
    found = "sha512-" + base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode()
    if found != integrity:
        raise ValueError(f"{path} has the integrity {found}; it must be {integrity}")
    return tarfile.open(path)


def text(package: tarfile.TarFile, path: str) -> str:
    """A file of a package."""
    member = package.extractfile(f"package/{path}")
    if member is None:
        raise FileNotFoundError(path)
    return member.read().decode("utf-8")


def snake(camel: str) -> str:
    """The name of an argument as Terraform writes it."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", camel).lower()


def interface(types: str, name: str) -> dict[str, Any]:
    """Arguments and blocks of an interface of CDKTF, and those that are required."""
    found = re.search(rf"^export interface {name} .*?^}}", types, re.MULTILINE | re.DOTALL)
    if found is None:
        raise ValueError(f"no interface {name}")
    arguments: list[str] = []
    required: list[str] = []
    blocks: dict[str, Any] = {}
    members = r"#(\w+) \w+#\w+\}(?:(?!\*/).)*\*/\s*readonly \w+(\??): ([^;]+);"
    for argument, optional, kind in re.findall(members, found[0], re.DOTALL):
        nested = kind.split("[")[0].split(" ")[0]
        if re.search(rf"^export interface {nested} ", types, re.MULTILINE):
            blocks[argument] = interface(types, nested)
        else:
            arguments.append(argument)
        required += [] if optional else [argument]
    return {"arguments": sorted(arguments), "required": sorted(required), "blocks": blocks}


def schema(cdktf: tarfile.TarFile, key: str) -> dict[str, Any]:
    """The schema of a type: what can be set, and what can only be read."""
    kind, _, name = key.partition(" aws_")
    folder = f"lib/{'data-aws-' if kind == 'data' else ''}{name.replace('_', '-')}"
    types, code = text(cdktf, f"{folder}/index.d.ts"), text(cdktf, f"{folder}/index.js")
    own = re.search(r"^class (\w+) extends cdktf\.Terraform(?:Resource|DataSource) .*", code, re.MULTILINE | re.DOTALL)
    if own is None or f'tfResourceType = "aws_{name}"' not in own[0]:
        raise ValueError(f"{folder} has not aws_{name}")
    node = interface(types, f"{own[1]}Config")
    readable = re.findall(r"this\.get\w+Attribute\('(\w+)'\)", own[0])
    readable += re.findall(r'new \w+\(this, "(\w+)"', own[0])
    return {**node, "attributes": sorted({*readable} - {*node["arguments"], *node["blocks"]})}


def mark(node: dict[str, Any], source: str, name: str, inputs: str) -> None:
    """Add to a schema, and to its blocks, what an interface of Pulumi says is deprecated.

    Args:
        node: The schema.
        source: The text that has the interface.
        name: The interface's name.
        inputs: The text of all nested interfaces.
    """
    found = re.search(
        rf"^( *)(?:export (?:declare )?)?(?:interface|class) {name} .*?^\1}}$", source, re.MULTILINE | re.DOTALL
    )
    if found is None:
        raise ValueError(f"no interface {name}")
    known, deprecated = {*node["arguments"], *node["blocks"], *node.get("attributes", [])}, set()
    members = r"(?:/\*\*((?:(?!\*/).)*)\*/)?\s*(?:readonly )?(\w+)\??: ([^;]+);"
    for comment, member, kind in re.findall(members, found[0], re.DOTALL):
        # A list's name is in the plural there.
        argument = next((each for each in singular(snake(member)) if each in known), None)
        nested = re.search(r"inputs\.(\w+)\.(\w+)", kind)
        if argument and "@deprecated" in comment:
            deprecated.add(argument)
        if argument in node["blocks"] and nested:
            (space,) = re.findall(
                rf"^export declare namespace {nested[1]} {{$.*?^}}$", inputs, re.MULTILINE | re.DOTALL
            )
            mark(node["blocks"][argument], space, nested[2], inputs)
    node["deprecated"] = sorted({*deprecated, *node.get("deprecated", [])})


def singular(name: str) -> list[str]:
    """What a name in the plural may be in the singular; the name itself comes first."""
    endings = {"s": "", "es": "", "ies": "y"}
    return [name, *(name.removesuffix(end) + instead for end, instead in endings.items() if name.endswith(end))]


def main(folder: Path) -> None:
    """Write the file.

    In a folder, `npm pack @cdktf/provider-aws@21.22.1 @pulumi/aws@7.48.0` gets both packages. Then
    `PYTHONPATH=tests:. .venv/bin/python -m kit.provider_bindings FOLDER` writes the file.
    """
    types = {}
    with read(folder, CDKTF) as cdktf, read(folder, PULUMI) as pulumi:
        inputs = text(pulumi, "types/input.d.ts")
        for key in sorted({each.key for each in used()} | ALSO):
            types[key] = schema(cdktf, key)
            declared = text(pulumi, f"{PULUMI_FILES[key]}.d.ts")
            stem = PULUMI_FILES[key].rpartition("/")[2]
            name = stem[0].upper() + stem[1:]
            for suffix in ("Result",) if key.startswith("data ") else ("Args", ""):
                mark(types[key], declared, name + suffix, inputs)
    lines = [f"{json.dumps(key)}: {json.dumps(lean(node), separators=(',', ':'))}" for key, node in types.items()]
    sources = json.dumps(dict([CDKTF, PULUMI]), indent=0)
    body = ",\n".join(lines)
    FILE.write_text(f'{{"sources": {sources},\n"types": {{\n{body}\n}}}}\n', encoding="utf-8")


def lean(node: dict[str, Any]) -> dict[str, Any]:
    """A schema without what is empty."""
    blocks = {name: lean(each) for name, each in node["blocks"].items()}
    return {name: each for name, each in {**node, "blocks": blocks}.items() if each}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
