"""A load test that is under way: what it waits for."""

from types import SimpleNamespace

import pytest

from ops.load.load_run import LoadTest


@pytest.mark.parametrize(
    ("outcome", "waits"), [("stored", True), ("failed", True), ("rejected", True), ("superseded", False)]
)
def test_every_notice_that_should_come_is_waited_for(outcome, waits):
    running = SimpleNamespace(
        _watch=SimpleNamespace(rows={"i": SimpleNamespace(outcome=outcome)}, pending=0),
        _batches=SimpleNamespace(ids=[]),
    )
    silent = SimpleNamespace(notified=[], digests=[])
    assert LoadTest._all_notified(running, silent) is not waits
    heard = SimpleNamespace(notified=[SimpleNamespace(image_id="i")], digests=[])
    assert LoadTest._all_notified(running, heard)
