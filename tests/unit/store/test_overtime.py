"""A thread that outlives its function's time can still write: what it writes late is never stale."""

import threading

import pytest
from kit.clocks import FakeClock
from kit.fakes import FakeContext, FakeLedger, FakeNotices, FakeSourceQueue, FakeUploadBatches
from kit.runners import NOW, message

from ops.preview.memory import MemoryObjects, MemorySourceKeys
from services.store.settings import Settings
from services.store.step import store
from shared import intermediates
from shared.messages import EncodedRendition, ImageWatermarked, Source
from shared.ports import Headers
from shared.runner.runner import Runner

SETTINGS = Settings(work_bucket="work", output_bucket="out")


class Slow(MemoryObjects):
    """Objects whose writes of one version take more than the function's time, and wait until they are let go."""

    def __init__(self, clock):
        super().__init__()
        self.clock = clock
        self.let_go = threading.Event()
        self.late = threading.Event()

    def put_if(self, bucket, key, body, headers, *, etag):
        slow = body == b"old" and not self.let_go.is_set()
        if slow:
            self.clock.advance(60)
            self.let_go.wait(20)
        try:
            super().put_if(bucket, key, body, headers, etag=etag)
        finally:
            if slow:
                self.late.set()


def job(version, objects):
    rendition = EncodedRendition(
        name="resized",
        member="resized",
        width=1,
        height=1,
        frames=1,
        format="png",
        content_type="image/png",
        size_bytes=3,
    )
    left = f"left-{version}"
    objects.put("work", left, intermediates.pack({"resized": version.encode()}), Headers())
    uploaded = Source(
        bucket="in",
        key="a.png",
        version_id=version,
        sequencer={"old": "01", "new": "02"}[version],
        size_bytes=1,
        uploaded_at="2026-01-01T00:00:00Z",
    )
    return ImageWatermarked(
        source=uploaded,
        intermediate_key=left,
        renditions=(rendition,),
        source_format="PNG",
        source_width=1,
        source_height=1,
    ).encode()


@pytest.mark.parametrize("newer_first", [True, False])
def test_a_handler_over_its_time_writes_nothing_stale(newer_first):
    clock = FakeClock()
    objects, source_keys, ledger, notices = Slow(clock), MemorySourceKeys(), FakeLedger(), FakeNotices()
    function = Runner(
        name="store",
        namespace="pics",
        parse=ImageWatermarked.decode,
        step=lambda work, _: store(work, objects=objects, source_keys=source_keys, settings=SETTINGS, now=lambda: NOW),
        source_queue=FakeSourceQueue(),
        next_queue=None,
        ledger=ledger,
        upload_batches=FakeUploadBatches(),
        notices=notices,
        max_receive_count=10,
        workers=10,
        now=lambda: NOW,
        clock=clock,
    )
    old, new = job("old", objects), job("new", objects)
    late = function.run({"Records": [message(old)]}, FakeContext(60))
    assert [each["itemIdentifier"] for each in late["batchItemFailures"]] == [f"id-{old}"]
    if newer_first:
        assert function.run({"Records": [message(new)]}, FakeContext(20)) == {"batchItemFailures": []}
        objects.let_go.set()
        assert objects.late.wait(20)
    else:
        objects.let_go.set()
        assert objects.late.wait(20)
        assert function.run({"Records": [message(new)]}, FakeContext(20)) == {"batchItemFailures": []}
    assert function.run({"Records": [message(old, receives=2)]}, FakeContext(20)) == {"batchItemFailures": []}
    for thread in threading.enumerate():
        if thread.name.startswith("store"):
            thread.join(20)
    assert objects.objects["out", "a-resized.png"].body == b"new"
    last = {each.source.version_id: each.outcome for each in ledger.entries}
    # What the thread did late is not recorded: when its message comes back, the newer version is there.
    assert last == {"new": "stored", "old": "superseded"}
