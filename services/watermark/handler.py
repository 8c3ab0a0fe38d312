"""Lambda's entry point of watermark: settings, adapters, run the service."""

import os
from collections.abc import Mapping
from functools import cache, partial
from typing import Any, Final

from services.watermark.effective_settings import DrawnWatermarks
from services.watermark.settings import Settings
from services.watermark.step import watermark
from shared.aws import wiring
from shared.aws.overdue_batches import handled
from shared.clock import SYSTEM
from shared.messages import ImageResized
from shared.removals import SourceRemoved, decoded
from shared.runner.permits import Permits
from shared.runner.runner import Context, Runner

# Processing a small picture takes less time than reading and writing it.
WORKERS: Final = 10


@cache
def _runner() -> Runner[ImageResized | SourceRemoved]:
    settings = Settings.from_env(os.environ)
    cpu = Permits(at_once=wiring.cores(os.environ), overdue_seconds=settings.seconds, clock=SYSTEM).until
    objects, watermarks = wiring.objects(os.environ), DrawnWatermarks(settings)
    step = partial(
        watermark, objects=objects, settings=settings, watermarks=watermarks, cpu=cpu, clock=SYSTEM.monotonic
    )
    return wiring.runner(os.environ, parse=partial(decoded, kind=ImageResized), step=step, workers=WORKERS)


def handler(event: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """Watermark every image of a batch; returns the messages that are handed back."""
    return handled(os.environ, event, lambda rest: _runner().run(rest, context))
