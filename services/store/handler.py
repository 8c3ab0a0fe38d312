"""Lambda's entry point of store: settings, adapters, run the service."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any, Final

from services.store.settings import Settings
from services.store.step import store
from shared.aws import clients, wiring
from shared.aws.overdue_batches import handled
from shared.aws.source_keys import DynamoSourceKeys
from shared.messages import ImageWatermarked
from shared.removals import SourceRemoved, decoded
from shared.runner.runner import Context, Runner
from shared.runner.steps import Finish
from shared.settings import required

# Nearly all of the time is spent waiting for S3.
WORKERS: Final = 10


@cache
def _runner() -> Runner[ImageWatermarked | SourceRemoved]:
    settings = Settings.from_env(os.environ)
    objects = wiring.objects(os.environ)
    keys = DynamoSourceKeys(clients.dynamodb(), required(os.environ, "LEDGER_TABLE"))
    finish = partial(store, objects=objects, source_keys=keys, settings=settings, now=partial(datetime.now, UTC))

    def step(job: ImageWatermarked | SourceRemoved, _: float) -> Finish:
        return finish(job)

    parse, sweep = partial(decoded, kind=ImageWatermarked), partial(objects.delete, settings.work_bucket)
    return wiring.runner(os.environ, parse=parse, step=step, workers=WORKERS, sweep=sweep)


def handler(event: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """Store every image of a batch; returns the messages that are handed back."""
    return handled(os.environ, event, lambda rest: _runner().run(rest, context))
