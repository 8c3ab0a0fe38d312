"""AWS service models, read once per process and not once per session, which takes a third of a test with moto."""

from functools import cache
from unittest.mock import patch

from botocore.loaders import JSONFileLoader
from moto.core import utils


def read_once():
    """Share what one session reads with all sessions of this process, as all clients of one session do."""
    alone, load = JSONFileLoader.load_file, utils._load_service_model
    read = cache(JSONFileLoader().load_file)

    def load_its_own(*names):
        # Moto merges its additions into what it reads.
        with patch.object(JSONFileLoader, "load_file", alone):
            return load(*names)

    JSONFileLoader.load_file = lambda _, path: read(path)
    utils._load_service_model = load_its_own
