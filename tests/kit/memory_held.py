"""What a step still has in memory while its result is written."""

import gc
import weakref

from PIL import Image

from ops.preview.memory import MemoryObjects


class WatchedObjects(MemoryObjects):
    """Objects in memory; `held` is the object read, or None once it is freed, and the number of new pictures.

    The garbage collector does not run meanwhile: what only it would free counts.
    """

    def get(self, bucket, key, **options):
        fetched = super().get(bucket, key, **options)
        self._fetched = weakref.ref(fetched)
        gc.collect()
        self._pictures = pictures()
        return fetched

    def put(self, bucket, key, body, headers):
        self.held = self._fetched(), pictures() - self._pictures
        super().put(bucket, key, body, headers)


def pictures():
    """Number of pictures in memory."""
    return sum(isinstance(each, Image.Image) for each in gc.get_objects())
