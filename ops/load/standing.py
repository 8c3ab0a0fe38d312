"""The progress of a load test, in numbers and in words."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Standing:
    """The progress of a load test.

    Args:
        total: Images to be uploaded.
        sent: Images that S3 accepted.
        ended: Images that have their outcome.
        failed: Images that failed, a part of these.
        notified: Notices that came.
        seconds: Time since the test began.
    """

    total: int
    sent: int
    ended: int
    failed: int
    notified: int
    seconds: float

    @property
    def line(self) -> str:
        """One line, such as "sent 640/1,000   done 512 (3 failed)   notices 510   21.3 images/s"."""
        rate = self.ended / self.seconds if self.seconds > 0 else 0.0
        failed = f" ({self.failed:,} failed)" if self.failed else ""
        return (
            f"sent {self.sent:,}/{self.total:,}   done {self.ended:,}{failed}"
            f"   notices {self.notified:,}   {rate:.1f} images/s"
        )
