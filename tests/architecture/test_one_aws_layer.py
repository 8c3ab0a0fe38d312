"""ops/aws makes all requests to AWS: what else of ops asks is in the field's words."""

import ast
import re

import botocore.session
import pytest
from botocore import xform_name

from ops.settings import ROOT

LAYER = "ops/aws/"
# The patches answer as AWS does, in the emulator's own process.
EMULATOR = "ops/local/patches/"
# Makes the clients that ops/aws uses.
CLIENTS = "ops/stack.py"

SERVICES = ("cloudwatch", "dynamodb", "iam", "kms", "lambda", "logs", "s3", "sns", "sqs", "sts")
# An argument as AWS's APIs name them: Bucket, QueueUrl, logGroupName.
OF_AWS = re.compile(r"([A-Z]|[a-z]+[A-Z])[A-Za-z]+")
OF_CLIENTS = ("client", "resource", "get_paginator", "get_waiter")
OF_BOTO3 = ("upload_file", "upload_fileobj", "download_file", "download_fileobj")


def operations():
    """The methods of the clients that are unmistakable: of two words or more."""
    session = botocore.session.Session()
    names = {xform_name(each) for service in SERVICES for each in session.get_service_model(service).operation_names}
    return frozenset(name for name in names if "_" in name) | {*OF_CLIENTS, *OF_BOTO3}


OPERATIONS = operations()


def requests(source):
    """The methods by which a module asks AWS, or makes what asks it."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    methods = [node for node in calls if isinstance(node.func, ast.Attribute)]
    return [
        node.func.attr
        for node in methods
        if node.func.attr in OPERATIONS or any(each.arg and OF_AWS.fullmatch(each.arg) for each in node.keywords)
    ]


def test_nothing_else_of_ops_asks_aws():
    found = {
        path.relative_to(ROOT).as_posix(): requests(path.read_text(encoding="utf-8"))
        for path in sorted((ROOT / "ops").rglob("*.py"))
    }
    assert {name: methods for name, methods in found.items() if methods and not name.startswith((LAYER, EMULATOR))} == {
        CLIENTS: ["client"]
    }
    assert any(methods for name, methods in found.items() if name.startswith(LAYER))


@pytest.mark.parametrize(
    "source",
    [
        "stack.s3.get_object(Bucket=b, Key=k)",
        "stack.sqs.send_message(**asked)",
        "self.client.query(TableName=t)",
        "stack.client('lambda')",
        "logs.filter(logGroupName=g)",
        "s3.get_paginator('list_objects_v2')",
    ],
)
def test_a_request_elsewhere_is_found(source):
    assert requests(source)


@pytest.mark.parametrize("source", ["objects.read(s3, bucket, key)", "ledger.scan()", "run(command, check=True)"])
def test_a_call_of_the_layer_is_none(source):
    assert requests(source) == []
