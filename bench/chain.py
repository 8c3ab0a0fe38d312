"""One image through the pipeline's own steps, from the event of its upload to its finished files."""

import json
from collections.abc import Mapping
from typing import Any

from ops.preview import chain
from ops.preview.memory import MemoryObjects
from ops.settings import PipelineSettings
from shared import events
from shared.messages import ImageUploaded
from shared.notifications import ImageStored
from shared.ports import Headers


class Chain:
    """Resize, watermark and store with the settings of one pipeline.yaml.

    Args:
        settings: pipeline.yaml.
    """

    def __init__(self, settings: PipelineSettings) -> None:
        self._chain = chain.Chain(settings)

    def run(self, data: bytes, key: str) -> dict[str, bytes]:
        """Process one image; returns the finished files by rendition.

        Args:
            data: the image's bytes.
            key: key of the image in the input bucket.

        Raises:
            PipelineError: the image failed.
        """
        notice, objects = self._done(data, key)
        return {each.rendition: objects.objects[each.bucket, each.key].body for each in notice.outputs}

    def files(self, data: bytes, key: str) -> dict[str, bytes]:
        """Process one image; returns the finished files by their keys.

        Args:
            data: the image's bytes.
            key: key of the image in the input bucket.

        Raises:
            PipelineError: the image failed.
        """
        notice, objects = self._done(data, key)
        return {each.key: objects.objects[each.bucket, each.key].body for each in notice.outputs}

    def _done(self, data: bytes, key: str) -> tuple[ImageStored, MemoryObjects]:
        objects, bucket = MemoryObjects(), self._chain.input_bucket
        objects.put(bucket, key, data, Headers())
        uploaded = events.change(json.dumps({"Records": [upload_record(bucket, key, len(data))]}))
        if not isinstance(uploaded, ImageUploaded):
            raise TypeError("the event of an upload has no image")
        return self._chain.run(uploaded, objects), objects


def upload_record(bucket: str, key: str, size_bytes: int) -> Mapping[str, Any]:
    """The record of S3's event for an upload."""
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "eventTime": "2026-01-01T00:00:00.000Z",
        "eventName": "ObjectCreated:Put",
        "s3": {
            "bucket": {"name": bucket},
            "object": {"key": key, "size": size_bytes, "sequencer": "0055AED6DCD90281E5"},
        },
    }
