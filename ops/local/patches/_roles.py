"""Permissions of a role for what the emulator does in its name without a check."""

import ministack.app  # type: ignore[import-not-found]  # in the emulator's environment
from ministack.core import iam_evaluator as iam  # type: ignore[import-not-found]
from ministack.core.responses import get_account_id, get_region  # type: ignore[import-not-found]
from ministack.services import iam as roles  # type: ignore[import-not-found]


def denied(config: dict[str, object], action: str, resource: str) -> bool:
    """Whether neither the role of a function's configuration nor the resource's own policy allows an action."""
    if not ministack.app.AUTH:
        return False
    account, role = get_account_id(), str(config["Role"]).rsplit("/", 1)[-1]
    context = iam.EvalContext(
        principal_arn=f"arn:aws:sts::{account}:assumed-role/{role}/{config['FunctionName']}",
        principal_type="AssumedRole",
        principal_account=account,
        action=action,
        resource_arn=resource,
        region=get_region(),
        secure_transport=True,  # it asks within AWS, which is never without TLS
    )
    limits = iam._permissions_boundary(roles._roles, role, account)  # noqa: SLF001 - it has no other way in
    verdict = iam.evaluate(context, iam._gather_role_policies(role, account), *limits)  # noqa: SLF001 - as above
    own = iam._resource_policy(action.partition(":")[0], resource)  # noqa: SLF001 - as above
    if own is not None:
        verdict = iam.combine_resource_policy(verdict, context, *own, limits=limits)
    return bool(verdict.decision != "Allow")
