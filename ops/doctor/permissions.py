"""Checks of each function's permissions, and that Lambda may assume its role."""

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, Final

from ops.doctor.findings import Check, Finding, judge
from ops.doctor.live import Live
from ops.local import policies
from ops.names import SERVICES

_EFFECT: Final = "; each image fails as AccessDenied"

# What each service does with the key of each bucket: reading decrypts, writing makes a data key.
_READ: Final = ("kms:Decrypt",)
_WRITE: Final = ("kms:GenerateDataKey",)
_KEY_ACTIONS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "resize": {"input": _READ, "work": _WRITE},
    "watermark": {"work": (*_READ, *_WRITE)},
    "store": {"work": _READ, "output": (*_READ, *_WRITE)},
}


def permissions(live: Live, service: str) -> Iterator[Finding]:
    """The role allows each action on each resource that the service needs."""
    names = live.stack.names
    statements = live.statements(service)
    needs = {"moderates": live.settings.moderates, "detects_faces": live.settings.detects_faces}
    missing = [
        (action, statement["Resource"])
        for statement in policies.role(service, names, **needs)["Statement"]
        for action in statement["Action"]
        if not allows(statements, action, statement["Resource"])
    ]
    unreadable = any(action.startswith("s3:GetObject") and names.input_bucket in arn for action, arn in missing)
    lacking = ", ".join(f"{action} on {arn}" for action, arn in missing)
    yield judge(
        not missing,
        where=names.function(service),
        found=f"may not {lacking}{_EFFECT if unreadable else ''}" if missing else "may do all that it needs",
        allowed="all that the service does",
        remedy=live.remake(service),
    )


def trust(live: Live, service: str) -> Iterator[Finding]:
    """Lambda may assume the role."""
    name = live.function(service)["Role"].rpartition("/")[2]
    text = live.trust_policy(name)
    yield judge(
        "lambda.amazonaws.com" in text,
        where=name,
        found="Lambda may take it" if "lambda.amazonaws.com" in text else "Lambda may not take it",
        allowed="lambda.amazonaws.com may sts:AssumeRole",
        remedy=live.remake(service),
    )


def keys(live: Live, service: str) -> Iterator[Finding]:
    """The service may use a bucket's customer-managed key."""
    names = live.stack.names
    buckets = {"input": names.input_bucket, "work": names.work_bucket, "output": names.output_bucket}
    statements = live.statements(service)
    for purpose, actions in _KEY_ACTIONS[service].items():
        key = _key_of(live, buckets[purpose])
        # Policies name keys by their ARNs; a bucket may name its key otherwise.
        arn = key if ":key/" in key else None
        missing = ", ".join(action for action in actions if key and not allows(statements, action, arn))
        effect = _EFFECT if purpose == "input" else ""
        yield judge(
            not missing,
            where=buckets[purpose],
            found=f"{service} may not {missing} with {key}{effect}" if missing else key or "S3's own keys",
            allowed="S3's own keys, or one that the function's role may use",
            remedy=f"allow {names.function(service)} {missing} on {key}: role and key policy",
        )


def allows(statements: Iterable[Mapping[str, Any]], action: str, resource: str | None) -> bool:
    """Whether policy statements allow an action on a resource, without their conditions.

    Args:
        statements: Statements of all policies of a role.
        action: IAM action, such as "s3:GetObject".
        resource: ARN, which may end in *; None for any resource.
    """
    found = [each["Effect"] for each in statements if _speaks_of(each, action, resource)]
    return "Allow" in found and "Deny" not in found


def _speaks_of(statement: Mapping[str, Any], action: str, resource: str | None) -> bool:
    if statement["Effect"] == "Deny" and statement.get("Condition"):
        return False  # such as the refusal of what comes without TLS
    actions, resources = (listed(statement.get(name, [])) for name in ("Action", "Resource"))
    return any(fnmatchcase(action.lower(), each.lower()) for each in actions) and (
        resource is None or any(fnmatchcase(resource, each) for each in resources)
    )


def _key_of(live: Live, bucket: str) -> str:
    """The customer-managed key of a bucket; empty for keys of S3 or AWS, which all may use."""
    for default in live.encryption_rules(bucket):
        key: str = default.get("KMSMasterKeyID", "")
        if str(default.get("SSEAlgorithm", "")).startswith("aws:kms") and not key.endswith("alias/aws/s3"):
            return key
    return ""


def listed(value: Any) -> list[Any]:  # noqa: ANN401 - a policy has one or several
    """A list of the values of a policy's element, which may be one value or a list."""
    return value if isinstance(value, list) else [value]


CHECKS: Final = (
    Check(name="permissions", run=permissions, services=SERVICES),
    Check(name="trust", run=trust, services=SERVICES),
    Check(name="encryption", run=keys, services=SERVICES),
)
