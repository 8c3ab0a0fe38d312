"""A pipeline that is checked, and the command that deploys it again."""

from dataclasses import dataclass

from ops.aws.inspection import Absent, Inspection
from ops.local.emulator import ACCOUNT as LOCAL_ACCOUNT
from ops.places import LOCAL, LOCAL_UP
from ops.settings import PipelineSettings


@dataclass(kw_only=True)
class Live(Inspection):
    """A pipeline that is checked."""

    @property
    def local(self) -> bool:
        """Whether `make up` created it: then there is a mailbox, and there are no alarms."""
        try:
            return self.stack.names.account == LOCAL_ACCOUNT and bool(self.queue_url(self.stack.names.mailbox))
        except Absent:
            return False  # Terraform, applied to a local AWS

    @property
    def settings(self) -> PipelineSettings:
        """The settings that it was created with: the local AWS has no Rekognition, and leaves out what needs it."""
        settings = self.stack.settings
        return settings.without_moderation() if self.local else settings

    def remake(self, service: str = "") -> str:
        """The command that deploys the pipeline, or one service, again with the current settings."""
        if self.local:
            return f"{LOCAL} down && {LOCAL_UP}"
        return f"make deploy SERVICE={service}" if service else "make deploy"
