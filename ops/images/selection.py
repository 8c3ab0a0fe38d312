"""Images that an operator asks for: by key, or the newest of those that are wanted, once or until they are done."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from ops.aws.ledger import Row
from ops.aws.ledger_pages import Wanted, newest_of
from ops.images.batches import totals
from ops.stack import Stack

WATCH_SECONDS: Final = 2.0


@dataclass(frozen=True, kw_only=True)
class Selection:
    """What was found.

    Args:
        rows: of the images, the newest first; of several keys, key by key.
        missing: keys that the ledger does not know.
        before: the time from which older ones are found; None where there are none.
        looked: how many were looked at.
        exhausted: whether the look ended since it took too many.
    """

    rows: Sequence[Row]
    missing: Sequence[str] = ()
    before: str | None = None
    looked: int = 0
    exhausted: bool = False


@dataclass(frozen=True, kw_only=True)
class Images:
    """Images that are asked for.

    Args:
        stack: whose.
        keys: of the input bucket; none for all.
        wanted: which of them.
        limit: how many; of each key, where there are keys.
        scan: whether the whole ledger is read.
    """

    stack: Stack
    keys: Sequence[str] = ()
    wanted: Wanted = field(default_factory=Wanted)
    limit: int = 50
    scan: bool = False

    def look(self) -> Selection:
        """What there is now.

        Raises:
            CommandError: the ledger has no index.
        """
        if self.keys:
            return self._of_keys()
        if self.scan:
            looked = 0

            def counted(row: Row) -> bool:
                nonlocal looked
                looked += 1
                return self.wanted.has(row)

            return Selection(rows=newest_of(self.stack.ledger.scan(), self.limit, counted), looked=looked)
        page = self.stack.ledger_pages.page(self.wanted, self.limit)
        return Selection(rows=page.rows, before=page.before, looked=page.looked, exhausted=page.exhausted)

    def changes(self, selection: Selection, sleep: Callable[[float], object]) -> Iterator[Sequence[Row]]:
        """Look again and again for what is not as it was; for ever, unless keys or a batch are asked for.

        Args:
            selection: what is known.
            sleep: for seconds.
        """
        known = {row.image_id: row for row in selection.rows}
        ended = False
        while not ended:
            # Asked before the look, which then finds how all of them ended.
            ended = self._ended(selection)
            if not ended:
                sleep(WATCH_SECONDS)
            selection = self.look()
            changed = [row for row in selection.rows if known.get(row.image_id) != row]
            if changed:
                yield changed
            known |= {row.image_id: row for row in changed}

    def options(self) -> list[str]:
        """What was asked for, as options of a command, without keys and without where it goes on."""
        wanted = self.wanted
        words = ["--limit", str(self.limit)] if self.limit != Images.limit else []
        for name, value in (("--prefix", wanted.prefix), ("--batch", wanted.batch), ("--since", wanted.since)):
            words += [f"{name}={value}"] if value else []
        return [*words, *(["--failed"] if wanted.failed else [])]

    def _of_keys(self) -> Selection:
        bucket = self.stack.names.input_bucket
        pages = {key: self.stack.ledger_pages.versions(bucket, key, self.limit, self.wanted) for key in self.keys}
        older = [page.before for page in pages.values() if page.before is not None]
        return Selection(
            rows=[row for page in pages.values() for row in page.rows],
            missing=[key for key, page in pages.items() if not (page.looked or self._is_known(key))],
            before=max(older, default=None),
            looked=sum(page.looked for page in pages.values()),
        )

    def _is_known(self, key: str) -> bool:
        """Whether the ledger has any version of a key, wanted or not."""
        return bool(self.stack.ledger_pages.versions(self.stack.names.input_bucket, key, 1).rows)

    def _ended(self, selection: Selection) -> bool:
        """Whether nothing more can change: of a batch by its counts, since more images may come than are listed."""
        if not self.keys and self.wanted.batch:
            of_batch = totals(self.stack, self.wanted.batch)
            if of_batch is not None:
                return not of_batch.pending
        elif not self.keys or selection.missing:
            return False
        return bool(selection.rows) and all(row.outcome for row in selection.rows)
