"""The measured chain is that of the services."""

import io

import pytest
from kit.pictures import gradient, saved
from PIL import Image

from bench.chain import Chain
from ops import settings
from shared.errors import PermanentError


def test_an_image_comes_out_in_every_rendition():
    made = Chain(settings.load()).run(saved(gradient((1600, 1200)), "JPEG"), "a.jpg")
    sizes = {name: Image.open(io.BytesIO(data)).size for name, data in made.items()}
    assert sizes == {"resized": (1024, 768), "thumb": (256, 256)}


def test_a_chain_runs_any_number_of_images():
    chain, photo = Chain(settings.load()), saved(gradient((400, 300)), "JPEG")
    assert chain.run(photo, "a.jpg") == chain.run(photo, "a.jpg")


def test_a_file_that_is_not_an_image_is_not_measured():
    with pytest.raises(PermanentError):
        Chain(settings.load()).run(b"text", "a.jpg")
