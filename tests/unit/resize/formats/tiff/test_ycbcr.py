"""YCbCr without JPEG gives its colours, at every subsampling."""

import pytest
from kit import tiffs
from kit.tiff_pixels import colours, near
from kit.tiffs import directory
from PIL import Image


@pytest.mark.parametrize("sampling", [(1, 1), (2, 1), (2, 2), (4, 1), (4, 4), (1, 2)])
@pytest.mark.parametrize("tile", [0, 16])
def test_uncompressed_ycbcr(tile, sampling):
    across, down = sampling
    width, height = (16, 16) if tile else (5, 3)
    picture = Image.new("RGB", (1, 1), (200, 100, 50)).convert("YCbCr").tobytes()
    units = -(-width // across) * -(-height // down)
    part = (picture[:1] * (across * down) + picture[1:]) * units
    page = directory(width, height, 3, 6, [part], tile=tile, t530=(3, list(sampling)))
    near(colours(tiffs.file(page)), [(200, 100, 50)] * (width * height), within=3)


@pytest.mark.parametrize("sampling", [(2, 1), (2, 2), (4, 4)])
def test_ycbcr_in_planes_of_different_sizes(sampling):
    width, height = 5, 7
    light, blue, red = Image.new("RGB", (1, 1), (200, 100, 50)).convert("YCbCr").tobytes()
    small = -(-width // sampling[0]) * -(-height // sampling[1])
    parts = [bytes([light]) * (width * height), bytes([blue]) * small, bytes([red]) * small]
    page = directory(width, height, 3, 6, parts, t284=(3, [2]), t530=(3, list(sampling)))
    near(colours(tiffs.file(page)), [(200, 100, 50)] * (width * height), within=3)
