"""What a step still holds in memory while its result is written."""

import gc
import weakref

from PIL import Image

from ops.memory import MemoryObjects


class WatchedObjects(MemoryObjects):
    """Objects in memory; `held` is what was read, None once it is gone, and how many pictures were made and are there.

    Nothing is collected on the way: what only a collection would free is held.
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
    """How many pictures there are."""
    return sum(isinstance(each, Image.Image) for each in gc.get_objects())
