"""A pipeline that is inspected, and the command that makes it again."""

from dataclasses import dataclass

from ops.aws.inspection import Absent, Inspection
from ops.local.emulator import ACCOUNT as LOCAL_ACCOUNT


@dataclass(kw_only=True)
class Live(Inspection):
    """A pipeline that checks look at."""

    @property
    def local(self) -> bool:
        """Whether this is what `make up` made: there is a mailbox, and there are no alarms."""
        try:
            return self.stack.names.account == LOCAL_ACCOUNT and bool(self.queue_url(self.stack.names.mailbox))
        except Absent:
            return False  # Terraform, applied to a local AWS

    def remake(self, service: str = "") -> str:
        """The command that makes the pipeline again as the settings say; or one service of it."""
        if self.local:
            return 'make down && eval "$(make -s up)"'
        return f"make deploy SERVICE={service}" if service else "make deploy"
