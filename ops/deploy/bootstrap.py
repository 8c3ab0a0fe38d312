"""`make bootstrap`: creates and destroys the bucket of Terraform's states, which also contains its own state."""

import json
from typing import TYPE_CHECKING, Final

from ops.aws.buckets import empty_bucket, exists, keys
from ops.aws.objects import read
from ops.deploy.delivery import Delivery
from ops.deploy.roots import BOOTSTRAP, DEPLOYED
from ops.errors import CommandError, Exit
from ops.show import note

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

STATE: Final = ".tfstate"

_CARRIED: Final = ".carried"


def bootstrap(delivery: Delivery) -> None:
    """Create the bucket, and migrate the states on this machine to it.

    Idempotent: a second call continues what was interrupted, and changes nothing that exists.

    Raises:
        CommandError: `state` of pipeline.yaml is not `s3`, nobody says yes, or Terraform fails.
    """
    account = delivery.account
    if account.settings.state != "s3":
        raise CommandError(
            "state is local in pipeline.yaml, so there is no bucket to make; `state: s3` asks for one", Exit.USAGE
        )
    bucket, terraform = account.names.state_bucket, delivery.terraform(BOOTSTRAP)
    # Its own state begins on this machine, since there is no bucket yet, and ends in the bucket that it made.
    begins_here = terraform.local_state.exists() or not exists(account.s3, bucket)
    terraform.init(on_s3=not begins_here)
    if terraform.plan():
        delivery.show(BOOTSTRAP)
        delivery.prompt.confirm(f"apply this in account {delivery.place}?")
        terraform.apply()
    for root in (BOOTSTRAP, *DEPLOYED):
        _carry(delivery, root)
    note(f"states are kept in s3://{bucket}")


def take_away(delivery: Delivery) -> None:
    """Destroy the bucket of the states, after all resources in them are destroyed.

    Raises:
        CommandError: there is no such bucket, a root is still there, nobody says yes, or Terraform fails.
    """
    names, s3 = delivery.account.names, delivery.account.s3
    bucket, terraform = names.state_bucket, delivery.terraform(BOOTSTRAP)
    if not exists(s3, bucket):
        raise CommandError(f"no bucket {bucket} in account {delivery.place}", Exit.NOT_FOUND)
    for key in _states(s3, bucket):
        if _resources(delivery, key):
            raise CommandError(
                f"{key.removesuffix(STATE)} is still there, and its state is s3://{bucket}/{key}: {_destroyed_by(key)}",
                Exit.FAILURE,
            )
    delivery.prompt.confirm_by_name(
        names.name, f"destroy s3://{bucket}, the states' bucket, in account {delivery.place}"
    )
    terraform.init(on_s3=True)
    terraform.init(on_s3=False, migrate=True)
    empty_bucket(s3, bucket)
    terraform.destroy()
    terraform.local_state.unlink(missing_ok=True)
    note(f"{BOOTSTRAP}: destroyed")


def _carry(delivery: Delivery, root: str) -> None:
    """Migrate a local state to the bucket; the file is kept under a name that nothing reads."""
    terraform = delivery.terraform(root)
    here = terraform.local_state
    if not here.exists():
        return
    terraform.init(on_s3=False)
    terraform.init(on_s3=True, migrate=True)
    here.replace(here.with_name(here.name + _CARRIED))
    note(f"{root}: its state is in s3://{delivery.account.names.state_bucket} now")


def _states(s3: "S3Client", bucket: str) -> list[str]:
    """The keys of all states but the bucket's own: those of the roots that are deployed come first."""
    found = {key for key in keys(s3, bucket, "") if key.endswith(STATE) and key != BOOTSTRAP + STATE}
    deployed = [root + STATE for root in DEPLOYED if root + STATE in found]
    return deployed + sorted(found.difference(deployed))


def _destroyed_by(key: str) -> str:
    root = key.removesuffix(STATE)
    return "make destroy takes it first" if root in DEPLOYED else f"terraform/{root}/README.md says how to destroy it"


def _resources(delivery: Delivery, key: str) -> list[object]:
    """The resources that a state in the bucket lists."""
    body = read(delivery.account.s3, delivery.account.names.state_bucket, key)
    managed: list[object] = [each for each in json.loads(body)["resources"] if each["mode"] == "managed"]
    return managed
