"""The models of AWS's services, read once a process and not once a session, which takes a third of a test with moto."""

from functools import cache
from unittest.mock import patch

from botocore.loaders import JSONFileLoader
from moto.core import utils


def read_once():
    """Let all sessions of this process share what one reads, as all clients of one session do."""
    alone, load = JSONFileLoader.load_file, utils._load_service_model
    read = cache(JSONFileLoader().load_file)

    def load_its_own(*names):
        # Moto merges what it adds into what it reads.
        with patch.object(JSONFileLoader, "load_file", alone):
            return load(*names)

    JSONFileLoader.load_file = lambda _, path: read(path)
    utils._load_service_model = load_its_own
