"""Lambda entry of store: settings, adapters, run the service."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any, Final

from services.store.settings import Settings
from services.store.step import store
from shared.aws import wiring
from shared.messages import ImageWatermarked
from shared.runner.runner import Context, Runner

# Nearly all of the time is S3's.
WORKERS: Final = 10


@cache
def _runner() -> Runner[ImageWatermarked]:
    settings = Settings.from_env(os.environ)
    objects = wiring.objects()
    step = partial(store, objects=objects, settings=settings, now=lambda: datetime.now(UTC))
    sweep = partial(objects.delete, settings.work_bucket)
    return wiring.runner(os.environ, parse=ImageWatermarked.decode, step=step, workers=WORKERS, sweep=sweep)


def handler(event: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """Store every image of a batch; answer with the messages that must come back."""
    return _runner().run(event, context)
