"""The number of plays of an animated AVIF, the range of its samples, and that a file is the same everywhere."""

import io
import struct

import pytest
from kit.pictures import gradient, noise
from PIL import AvifImagePlugin, Image

from services.watermark.encoding.files import encode
from shared.messages import Animation


def boxes(data, start, end):
    while start + 8 <= end:
        length, kind = struct.unpack_from(">I4s", data, start)
        yield kind, start + 8, start + length
        start += length


def first(data, path, start=0, end=None):
    end = len(data) if end is None else end
    for name in path:
        start, end = next((body, last) for kind, body, last in boxes(data, start, end) if kind == name)
    return start, end


def plays_of(data, track):
    """The plays as libavif reads them: the flag of the edit list, and how often its segment fits into the track."""
    edits, _ = first(data, [b"edts", b"elst"], *track)
    head, _ = first(data, [b"tkhd"], *track)
    (segment,) = struct.unpack_from(">Q", data, edits + 8)
    (whole,) = struct.unpack_from(">Q", data, head + 28)
    if not data[edits + 3] & 1:
        return 1
    return 0 if whole == 2**64 - 1 else -(-whole // segment)


@pytest.mark.parametrize("plays", [0, 1, 2, 7, 70_000])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])  # alpha has a track of its own
def test_an_avif_plays_as_often_as_it_should(plays, mode):
    frames = [gradient(mode=mode), gradient(mode=mode).rotate(180)]
    data = encode(frames, "avif", quality=60, animation=Animation(durations_ms=(40, 60), plays=plays)).data
    start, end = first(data, [b"moov"])
    tracks = [(body, last) for kind, body, last in boxes(data, start, end) if kind == b"trak"]
    assert len(tracks) == (2 if mode == "RGBA" else 1)
    assert [plays_of(data, track) for track in tracks] == [plays] * len(tracks)
    with Image.open(io.BytesIO(data)) as image:
        assert image.n_frames == 2
        image.seek(1)
        image.load()


def test_an_animation_has_the_limited_range_that_chromium_assumes():
    greys = [Image.new("RGB", (64, 64), (level,) * 3) for level in (64, 200)]
    data = encode(greys, "avif", quality=90, animation=Animation(durations_ms=(40, 60), plays=0)).data
    codes = data.index(b"colrnclx") + 8
    assert not data[codes + 6] & 0x80
    with Image.open(io.BytesIO(data)) as image:
        for index, level in enumerate((64, 200)):
            image.seek(index)
            assert image.convert("RGB").getpixel((30, 30)) == pytest.approx((level,) * 3, abs=2)


def test_a_file_is_the_same_on_any_number_of_processors(monkeypatch):
    picture, files = noise((700, 500)), set()
    for processors in (1, 2, 8):
        # What Pillow takes for the processors of this machine, if it is not 0.
        monkeypatch.setattr(AvifImagePlugin, "DEFAULT_MAX_THREADS", processors)
        files.add(encode([picture], "avif", quality=60, animation=None).data)
    assert len(files) == 1


@pytest.mark.parametrize("plays", [0, 3])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_an_animation_does_not_state_when_it_was_encoded(plays, mode):
    frames = [gradient(mode=mode), gradient(mode=mode).rotate(180)]
    data = encode(frames, "avif", quality=60, animation=Animation(durations_ms=(40, 60), plays=plays)).data
    start, end = first(data, [b"moov"])
    tracks = [(body, last) for kind, body, last in boxes(data, start, end) if kind == b"trak"]
    heads = [first(data, [b"mvhd"], start, end)]
    heads += [first(data, path, *track) for track in tracks for path in ([b"tkhd"], [b"mdia", b"mdhd"])]
    # Version 1 has creation and modification in eight bytes each. ISO/IEC 14496-12, 8.2.2, 8.3.2 and 8.4.2
    assert [data[body] for body, _ in heads] == [1] * len(heads)
    assert {data[body + 4 : body + 20] for body, _ in heads} == {bytes(16)}
