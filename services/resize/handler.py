"""Lambda's entry point of resize: settings, adapters, run the service."""

from collections.abc import Mapping
from functools import cache, partial
from os import environ as env
from typing import Any, Final

from services.resize.changes import change
from services.resize.settings import Settings, within_function
from services.resize.step import resize
from shared.aws import clients, wiring
from shared.clock import SYSTEM
from shared.events import Change, split
from shared.runner.permits import Permits
from shared.runner.runner import Context, Runner

# One image on the CPU, one being read ahead, one being written: more would wait for the CPU with its bytes in memory.
WORKERS: Final = 3


@cache
def _runner() -> Runner[Change]:
    settings = within_function(Settings.from_env(env), wiring.memory_mb(env), wiring.cores(env))
    cpu = Permits(at_once=wiring.cores(env), overdue_seconds=settings.limits.seconds, clock=SYSTEM).until
    policy = None
    if settings.moderation is not None:
        # Imported only here: while moderation is off, it does not slow the cold start.
        from services.resize.moderation import ModerationPolicy  # noqa: PLC0415
        from shared.aws.moderation import RekognitionModerator  # noqa: PLC0415

        policy = ModerationPolicy(moderator=RekognitionModerator(clients.rekognition), settings=settings.moderation)
    ports: dict[str, Any] = {"objects": wiring.objects(env), "source_keys": wiring.source_keys(env)}
    ports |= {"claim": wiring.upload_batches(env).claim, "detector": wiring.face_detector(settings.may_detect_faces)}
    step = partial(resize, **ports, settings=settings, cpu=cpu, clock=SYSTEM.monotonic, policy=policy)
    return wiring.runner(env, parse=partial(change, buckets=settings.buckets), split=split, step=step, workers=WORKERS)


def handler(event: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """Resize every image of a batch of S3 events; returns the messages that are handed back."""
    return _runner().run(event, context)
