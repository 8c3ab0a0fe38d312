"""What a backfill is to send, and how it is counted: what the ledger does not know, or what is stuck."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ops.aws.ledger import Row
from ops.backfill.kinds import KINDS, STUCK_KINDS, Scope, Tally
from ops.backfill.present_objects import Present
from ops.backfill.scan import scan
from ops.backfill.stuck import StuckImages, StuckRule
from ops.stack import Stack


@dataclass(kw_only=True)
class Plan:
    """What is to be sent.

    Args:
        stack: whose.
        scope: which objects.
        stuck_rule: says which images are stuck; None to send what the ledger does not know.
        after: the key after which to begin.
    """

    stack: Stack
    scope: Scope
    stuck_rule: StuckRule | None = None
    after: str = ""
    deleted: list[str] = field(default_factory=list, init=False)

    @property
    def kinds(self) -> Sequence[str]:
        """What becomes of objects, in the order in which it is reported."""
        return KINDS if self.stuck_rule is None else STUCK_KINDS

    def kind_of(self, row: Row | None) -> str:
        """What becomes of an image by its row."""
        return self.scope.kind_of(row) if self.stuck_rule is None else self.stuck_rule.kind_of(row)

    def objects(self, tally: Tally) -> Iterator[list[Present]]:
        """The objects that are to be sent, some at a time; the tally counts all as it goes."""
        if self.stuck_rule is None:
            yield from scan(self.stack, self.scope, tally, after=self.after)
            return
        images = StuckImages(stack=self.stack, stuck_rule=self.stuck_rule, tally=tally)
        self.deleted = images.deleted
        yield from images.scan()
