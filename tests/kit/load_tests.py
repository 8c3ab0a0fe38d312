"""Load tests that were never run: what was sent, what the ledger has, and who was notified."""

from datetime import UTC, datetime

from ops import settings
from ops.aws.ledger import Row
from ops.aws.queues import QueueDepth
from ops.images.follow import Uploaded
from ops.load import figures, mix
from ops.load.costs import Counted, cost_of
from ops.load.depths import DepthSample
from ops.load.latencies import bins, summaries
from ops.load.listener import Notified
from ops.load.load_run import LoadPlan, Run
from ops.load.logged import Logged
from ops.load.reconciliation import reconcile
from ops.load.sender import Sent
from ops.names import SERVICES
from shared.dlq_messages import iso
from shared.notifications import BatchEnded

START = 1_767_323_045.0
NAME = "20260102-030405-a1b2c3"
QUIET = Logged(
    retries={},
    invocations=dict.fromkeys(SERVICES, 1),
    billed_seconds=dict.fromkeys(SERVICES, 2.0),
    cold_starts=dict.fromkeys(SERVICES, 0),
)


def at(seconds):
    return iso(datetime.fromtimestamp(START + seconds, UTC))


def sent(number=0, key=None, expected=("stored",), kind="photo", version="1"):
    key = key or f"load-test/{NAME}/{number:05d}.jpg"
    return Sent(
        number=number,
        kind=kind,
        expected=frozenset(expected),
        uploaded=Uploaded(bucket="in", key=key, version_id=version, size_bytes=1000, batch=NAME),
        at=START + number,
        seconds=0.1,
    )


def row(each, outcome="stored", *, error=None, uploaded=0.0, ends=(1.0, 2.0, 4.0), seconds=(0.5, 0.25, 0.125)):
    """A row of an image that was uploaded at this time; services ended at `ends`, after `seconds` each."""
    done = 1 if outcome == "failed" else len(ends)
    finished = {service: at(uploaded + end) for service, end in list(zip(SERVICES, ends, strict=False))[:done]}
    return Row(
        image_id=each.uploaded.image_id,
        bucket="in",
        key=each.uploaded.key,
        version_id=each.uploaded.version_id,
        size_bytes=1000,
        uploaded_at=at(uploaded),
        updated_at=max(finished.values(), default=at(uploaded)),
        service=list(finished)[-1] if finished else "uploaded",
        outcome=outcome,
        error=error,
        reason="because" if error else None,
        outputs=(f"{each.uploaded.key}-resized",) if outcome == "stored" else (),
        seconds=dict(zip(finished, seconds, strict=False)),
        finished=finished,
        replays=0,
    )


def notified(each, outcome="stored", *, notice=None, published=None, delivered=None, attempts=None):
    image_id = each.uploaded.image_id
    return Notified(
        notice_id=notice or f"{image_id}-{outcome}",
        image_id=image_id,
        key=each.uploaded.key,
        outcome=outcome,
        attempts=attempts,
        published=published or f"p-{image_id}-{outcome}",
        delivered=delivered or f"d-{image_id}-{outcome}",
        at=START,
    )


def report(images, rows, notices=None, *, logged=QUIET, present=None, untried=0, **of_run):
    """The report of images, their rows and notices."""
    rows = {each.image_id: each for each in rows}
    if notices is None:
        outcomes = [(each, rows.get(each.uploaded.image_id)) for each in images]
        notices = [notified(each, found.outcome) for each, found in outcomes if found and found.outcome]
    plan = LoadPlan(
        name=NAME,
        mix=mix.Mix(name="photos", kinds=[]),
        size="small",
        images=len(images) + len(of_run.get("refused", ())) + untried,
        rate=None,
        workers=8,
        timeout_seconds=600,
    )
    counts = {name: sum(each.outcome == name for each in rows.values()) for name in ("stored", "failed", "superseded")}
    digest = BatchEnded(notice_id="n", batch_id=NAME, size=len(images), ended_at=at(9), **counts)
    samples = [
        DepthSample(
            at=START + second,
            queues={service: QueueDepth(visible=second, in_flight=1) for service in SERVICES},
            dead=dict.fromkeys(SERVICES, 0),
        )
        for second in range(4)
    ]
    run = Run(plan=plan, started=START, **{"ended": START + 10, "sending_seconds": 2.0, **of_run})
    run.batches, run.sent, run.rows, run.notified, run.samples = [NAME], list(images), rows, notices, samples
    run.digests = {NAME: digest}
    result = reconcile(images, rows, notices, present=present)
    counted = Counted(
        sent=len(images),
        size_bytes=1,
        passed={},
        failed=0,
        outputs=0,
        notified=len(notices),
        rows_read=0,
        gauged=0,
        received=0,
    )
    return figures.Report(
        run=run,
        bucket="in",
        result=result,
        seconds=summaries(images, rows),
        bins=bins([each.at - START for each in images], [], seconds=run.seconds),
        logged=logged,
        cost=cost_of(counted, logged, settings.parse({"name": "pics"}), on_aws=True),
    )
