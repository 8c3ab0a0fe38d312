"""Lambda entry of watermark: settings, adapters, run the service."""

import os
from collections.abc import Mapping
from functools import cache, partial
from typing import Any, Final

from services.watermark.effective_settings import DrawnWatermarks
from services.watermark.settings import Settings
from services.watermark.step import watermark
from shared.aws import wiring
from shared.clock import SYSTEM
from shared.messages import ImageResized
from shared.runner.permits import Permits
from shared.runner.runner import Context, Runner

# The work on a small picture takes less time than reading and writing it.
WORKERS: Final = 10
# Five times what 99 megapixels of animated noise took, as far as the limits go.
OVERDUE_SECONDS: Final = 60


@cache
def _runner() -> Runner[ImageResized]:
    settings = Settings.from_env(os.environ)
    cpu = Permits(at_once=wiring.cores(os.environ), overdue_seconds=OVERDUE_SECONDS, clock=SYSTEM)
    step = partial(
        watermark, objects=wiring.objects(), settings=settings, watermarks=DrawnWatermarks(settings), cpu=cpu
    )
    return wiring.runner(os.environ, parse=ImageResized.decode, step=step, workers=WORKERS)


def handler(event: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """Watermark every image of a batch; answer with the messages that must come back."""
    return _runner().run(event, context)
