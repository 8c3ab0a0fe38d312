"""Arrows go one way: handler -> step -> messages, errors, ports; no service knows another; no step sees AWS."""

import ast
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import pytest

from ops.names import SERVICES
from ops.packaging import sources
from ops.settings import ROOT

SDK = ("boto3", "botocore", "s3transfer")
PILLOW = ("PIL", "pi_heif")
MAX_HANDLER = 40

# The arithmetic of the pixel services, which sees no pixels.
ARITHMETIC = ("services.resize.scaling", "services.watermark.placement")

MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for folder in ("shared", "services")
    for path in sorted((ROOT / folder).rglob("*.py"))
}


def under(name, packages):
    """Whether a dotted name is one of these packages or is inside one."""
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def service_of(module):
    return module.split(".")[1] if module.startswith("services.") else None


def role_of(module):
    return module.rpartition(".")[2]


def may_hold_pixels(module):
    """Whether a module may import Pillow: the pixel modules of resize and watermark."""
    plain = role_of(module) in {"handler", "settings"} or module in ARITHMETIC
    return service_of(module) in {"resize", "watermark"} and not plain


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What a module must not import.

    Args:
        says: the rule, as a sentence.
        for_module: whether the rule applies to a module, by its name.
        forbids: whether a module, by its name, must not import a name.
        injected: (module, source) pairs that break it.
    """

    says: str
    for_module: Callable[[str], bool]
    forbids: Callable[[str, str], bool]
    injected: tuple[tuple[str, str], ...]


RULES = (
    Rule(
        says="shared imports no service",
        for_module=lambda module: under(module, ["shared"]),
        forbids=lambda _, name: under(name, ["services"]),
        injected=(
            ("shared.wire", "from services.resize import scaling"),
            ("shared.aws.queues", "import services.store.naming"),
            ("shared.runner.runner", "def run():\n    from services import store"),
        ),
    ),
    Rule(
        says="no service imports another",
        for_module=lambda module: service_of(module) is not None,
        forbids=lambda module, name: (
            under(name, ["services"]) and name != "services" and service_of(name) != service_of(module)
        ),
        injected=(
            ("services.store.step", "from services.resize.scaling import Size"),
            ("services.resize.step", "from services import watermark"),
            ("services.resize.new", "from ..watermark import marks"),
        ),
    ),
    Rule(
        says="the operator's side and the tests are never imported",
        for_module=lambda _: True,
        forbids=lambda _, name: under(name, ["ops", "tests", "bench"]),
        injected=(("shared.runner.runner", "from ops.names import SERVICES"), ("services.store.handler", "import ops")),
    ),
    Rule(
        says="only shared.aws imports the SDK",
        for_module=lambda module: not under(module, ["shared.aws"]),
        forbids=lambda _, name: under(name, SDK),
        injected=(
            ("services.store.step", "import boto3"),
            ("shared.errors", "from botocore.exceptions import ClientError"),
            ("services.resize.handler", "try:\n    import boto3.session\nexcept ImportError:\n    pass"),
        ),
    ),
    Rule(
        says="only handlers wire AWS's adapters",
        for_module=lambda module: not under(module, ["shared.aws"]) and role_of(module) != "handler",
        forbids=lambda _, name: under(name, ["shared.aws"]),
        injected=(
            ("services.resize.step", "from shared.aws import wiring"),
            ("shared.messages", "from shared import aws"),
        ),
    ),
    Rule(
        says="nothing imports a handler",
        for_module=lambda _: True,
        forbids=lambda _, name: under(name, ["services"]) and role_of(name) == "handler",
        injected=(("services.store.step", "from services.store.handler import WORKERS"),),
    ),
    Rule(
        says="contracts know nothing of how a service runs",
        for_module=lambda module: (
            module
            in {"shared.messages", "shared.events", "shared.errors", "shared.ports", "shared.wire", "shared.settings"}
        ),
        forbids=lambda _, name: under(name, ["shared.runner", "aws_lambda_powertools"]),
        injected=(
            ("shared.messages", "from shared.runner.steps import Emit"),
            ("shared.events", "from aws_lambda_powertools.utilities.data_classes import S3Event"),
        ),
    ),
    Rule(
        says="no function imports pydantic: it reads the schema that is generated with it",
        for_module=lambda _: True,
        forbids=lambda _, name: under(name, ["pydantic", "pydantic_core", "annotated_types"]),
        injected=(("shared.settings", "from pydantic import BaseModel"),),
    ),
    Rule(
        says="only modules with pixels import Pillow",
        for_module=lambda module: not may_hold_pixels(module),
        forbids=lambda _, name: under(name, PILLOW),
        injected=(
            ("services.store.step", "from PIL import Image"),
            ("services.resize.scaling", "import PIL.Image"),
            ("services.watermark.placement", "from PIL import Image"),
            ("shared.intermediates", "from PIL import Image"),
            ("services.resize.settings", "import pi_heif"),
        ),
    ),
    Rule(
        says="a step has no clock and no randomness",
        for_module=lambda module: role_of(module) == "step",
        forbids=lambda _, name: under(name, ["time", "random", "secrets", "uuid", "os", "subprocess", "socket"]),
        injected=(("services.store.step", "import time"), ("services.resize.step", "from random import random")),
    ),
)


@cache
def imports():
    """The imported names of each of our modules; every rule asks for all of them."""
    return {module: tuple(sources.imported(path, module)) for module, path in MODULES.items()}


def broken(rule, module, imported):
    return [name for name in imported if rule.for_module(module) and rule.forbids(module, name)]


def ids(rule):
    return rule.says


@pytest.mark.parametrize("rule", RULES, ids=ids)
def test_the_rule_holds(rule):
    found = {module: broken(rule, module, imported) for module, imported in imports().items()}
    assert {module: names for module, names in found.items() if names} == {}
    assert any(rule.for_module(module) for module in MODULES)


@pytest.mark.parametrize(
    ("rule", "module", "source"),
    [pytest.param(rule, *injected, id=f"{rule.says}: {injected[0]}") for rule in RULES for injected in rule.injected],
)
def test_a_violation_of_a_rule_is_found(rule, module, source, tmp_path):
    path = tmp_path / "injected.py"
    path.write_text(source, encoding="utf-8")
    assert broken(rule, module, sources.imported(path, module))


def environment_readers(tree):
    """Where the environment is read, under whatever name it was imported."""
    names = {"environ", "environb", "getenv", "getenvb"}
    attributes = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in names]
    imports = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "os" and names & {alias.name for alias in node.names}
    ]
    return [node.lineno for node in [*attributes, *imports]]


def read_at_import(tree):
    """Where the environment is read while a module is imported, and not when something is called."""
    called = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
    inside = {id(node) for scope in ast.walk(tree) if isinstance(scope, called) for node in ast.walk(scope)}
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"} and id(node) not in inside
    ]


def clock_readers(tree):
    """Calls of datetime.now() and the like; a `now` that is handed in is called as now()."""
    clocks = {"now", "utcnow", "today", "monotonic", "perf_counter"}
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in clocks
    ]


def tree_of(module):
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


def test_only_handlers_read_the_environment():
    readers = {module for module in MODULES if environment_readers(tree_of(module))}
    assert {module for module in readers if role_of(module) != "handler"} == set()


@pytest.mark.parametrize(
    "source", ["import os\nA = os.environ['A']", "import os\nA = os.getenv('A')", "from os import environ as e"]
)
def test_a_reader_of_the_environment_is_found(source):
    assert environment_readers(ast.parse(source))


def test_importing_a_handler_reads_no_environment():
    assert {module: read_at_import(tree_of(module)) for module in MODULES if read_at_import(tree_of(module))} == {}


def test_a_read_at_import_is_found_and_one_at_call_is_not():
    assert read_at_import(ast.parse("import os\nclass A:\n    b = os.environ['B']"))
    assert not read_at_import(ast.parse("import os\ndef handler():\n    return os.environ['B']"))


@pytest.mark.parametrize("service", SERVICES)
def test_a_step_is_handed_its_clock(service):
    assert clock_readers(tree_of(f"services.{service}.step")) == []


def test_a_reader_of_the_clock_is_found_and_a_handed_one_is_not():
    assert clock_readers(ast.parse("from datetime import datetime\ndatetime.now(UTC)"))
    assert not clock_readers(ast.parse("def store(now):\n    return now()"))


def too_long(text):
    return len(text.splitlines()) > MAX_HANDLER


@pytest.mark.parametrize("service", SERVICES)
def test_a_handler_only_wires(service):
    assert not too_long(MODULES[f"services.{service}.handler"].read_text(encoding="utf-8"))


def test_a_long_handler_is_found():
    assert too_long("pass\n" * (MAX_HANDLER + 1))


def led_to(module, imports):
    """Every name that a module's imports lead to, through our own modules.

    Args:
        module: the module to start from.
        imports: the imported names of each of our modules.
    """
    found, waiting = set(), [module]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += imports.get(name, ())
    return found


def pillow_led_to(module, imports):
    return {name for name in led_to(module, imports) if under(name, PILLOW)}


@pytest.mark.parametrize("module", ["services.store.handler", *ARITHMETIC])
def test_no_chain_of_imports_leads_to_pillow(module):
    assert pillow_led_to(module, imports()) == set()


def test_a_chain_of_imports_to_pillow_is_found():
    chain = {
        "services.store.handler": ["services.store.step"],
        "services.store.step": ["services.store.made_up"],
        "services.store.made_up": ["PIL.Image"],
    }
    assert pillow_led_to("services.store.handler", chain) == {"PIL.Image"}


def test_packages_import_nothing():
    """Their __init__.py files are empty: importing a module costs only that module."""
    assert {module for module, path in MODULES.items() if path.name == "__init__.py" and path.read_text()} == set()


def test_one_module_of_ops_counts_messages():
    counting = [
        path.relative_to(ROOT).as_posix()
        for path in sorted((ROOT / "ops").rglob("*.py"))
        # The emulator's patches answer as SQS does.
        if "patches" not in path.parts and "ApproximateNumberOfMessages" in path.read_text(encoding="utf-8")
    ]
    assert counting == ["ops/aws/queues.py"]
