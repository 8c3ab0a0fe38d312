"""Requests of `pipeline upload-url`, sent by curl as they are printed: what fits is stored, the rest is refused."""

import json
import shlex
import subprocess
import sys

import pytest
from kit.pictures import gradient, saved


@pytest.fixture
def signed(environment, tmp_path):
    """The printed command, with its file."""

    def signing(file, *argv):
        words = [sys.executable, "-m", "ops.cli", "upload-url", *argv]
        printed = subprocess.run(words, env=environment, check=True, capture_output=True, text=True).stdout
        return [word.replace("FILE", str(file)) for word in shlex.split(printed)]

    return signing


def sent(words):
    return subprocess.run([*words, "--silent", "--show-error"], check=False, capture_output=True, text=True)


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "sea side.jpg"
    path.write_bytes(saved(gradient((300, 200)), "JPEG"))
    return path


def outcome(environment, key):
    words = [sys.executable, "-m", "ops.cli", "status", key, "--watch", "--json"]
    found = subprocess.run(words, env=environment, check=True, capture_output=True, text=True, timeout=60).stdout
    return json.loads(found.splitlines()[-1])


def test_a_form_uploads_under_its_prefix(environment, signed, photo):
    assert sent(signed(photo, "--prefix", "visitors/", "--set", "renditions=thumb")).returncode == 0
    row = outcome(environment, "visitors/sea side.jpg")
    assert (row["outcome"], row["outputs"]) == ("stored", ["visitors/sea side-thumb.jpg"])


def test_a_form_refuses_a_file_that_is_too_large(signed, photo):
    refused = sent(signed(photo, "--prefix", "visitors/", "--max-bytes", "100"))
    assert refused.returncode == 22  # curl: the server answered with an error
    assert "400" in refused.stderr


@pytest.mark.parametrize(
    ("name", "value"), [("key=", "key=elsewhere/${filename}"), ("Content-Type=", "Content-Type=text/html")]
)
def test_a_form_refuses_another_key_and_another_type(signed, photo, name, value):
    words = [value if word.startswith(name) else word for word in signed(photo, "--prefix", "visitors/")]
    assert value in words
    assert "403" in sent(words).stderr


def test_a_put_uploads_its_key(environment, signed, photo):
    assert sent(signed(photo, "--put", "put/sea.jpg", "--set", "renditions=thumb")).returncode == 0
    assert outcome(environment, "put/sea.jpg")["outputs"] == ["put/sea-thumb.jpg"]
