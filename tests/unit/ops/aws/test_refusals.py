"""Errors are known by their names: the SDK may have several classes of one name."""

import ast

import boto3
import pytest
from botocore.exceptions import ClientError

from ops.aws.refusals import is_named, passing_over
from ops.settings import ROOT


@pytest.fixture
def error():
    """An error that none of the classes of another client is of."""
    clients = [boto3.session.Session().client("sqs", region_name="eu-west-1") for _ in range(2)]
    raised, other = (each.exceptions.QueueDoesNotExist for each in clients)
    assert not issubclass(raised, other)
    code = "AWS.SimpleQueueService.NonExistentQueue"
    return raised({"Error": {"Code": code}}, "GetQueueUrl")


def test_an_error_is_named_as_its_model_has_it(error):
    assert is_named(error, "QueueDoesNotExist")
    assert not is_named(error, "QueueNameExists")
    assert not is_named(ClientError({"Error": {"Code": "QueueDoesNotExist"}}, "GetQueueUrl"), "QueueDoesNotExist")


def test_an_error_of_the_name_is_passed_over_and_no_other(error):
    with passing_over("QueueDoesNotExist"):
        raise error
    with pytest.raises(ClientError), passing_over("QueueNameExists"):
        raise error


def classes_of_clients(source):
    """Where a module takes an error's class from a client."""
    return [
        node.attr
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute) and node.value.attr == "exceptions"
    ]


def test_no_module_takes_an_error_s_class_from_a_client():
    """Threads share clients, and of the classes that they make some are never raised."""
    assert classes_of_clients("with suppress(client.exceptions.NoSuchKey): pass") == ["NoSuchKey"]
    folders = ("examples", "ops", "services", "shared")
    modules = [path for folder in folders for path in (ROOT / folder).rglob("*.py") if ".venv" not in path.parts]
    assert {path: found for path in modules if (found := classes_of_clients(path.read_text(encoding="utf-8")))} == {}
