"""How far a load test is, in numbers and in words."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How far it is.

    Args:
        total: how many images are to be sent.
        sent: how many S3 took.
        ended: how many have their outcome.
        failed: of these.
        notified: how many notices came.
        seconds: since the test began.
    """

    total: int
    sent: int
    ended: int
    failed: int
    notified: int
    seconds: float

    @property
    def line(self) -> str:
        """Such as "sent 640/1,000   done 512 (3 failed)   notices 510   21.3 images/s"."""
        rate = self.ended / self.seconds if self.seconds > 0 else 0.0
        failed = f" ({self.failed:,} failed)" if self.failed else ""
        return (
            f"sent {self.sent:,}/{self.total:,}   done {self.ended:,}{failed}"
            f"   notices {self.notified:,}   {rate:.1f} images/s"
        )
