"""A file within a number of bytes: which quality and which size a search finds, and at what cost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.pictures import grain, noise, photograph
from PIL import Image, ImageChops

from services.watermark.encoding.budget import MAX_QUALITIES, MAX_SIZES, fitted
from services.watermark.encoding.files import Encoded, encode
from services.watermark.encoding.quality import encoder_quality
from shared.errors import OutputTooLarge
from shared.messages import Animation

FRAME = Image.new("RGB", (400, 200))


class Encoder:
    """An encoder whose bytes follow from quality and pixels, and that counts its files."""

    def __init__(self, exponent=3.0, form="jpeg"):
        self.exponent, self.form, self.made = exponent, form, []

    def bytes_of(self, quality, pixels=400 * 200):
        return 100 + int(pixels * (quality / 100) ** self.exponent)

    def __call__(self, frames, quality):
        self.made.append((frames[0].size, quality))
        data = bytes(self.bytes_of(quality, frames[0].width * frames[0].height))
        return Encoded(data=data, form=self.form, content_type="image/x", frames=len(frames))


@pytest.mark.parametrize("known", [True, False])
@given(limit=st.integers(7_000, 60_000), exponent=st.floats(1, 5), first=st.integers(41, 100))
def test_the_highest_quality_that_fits_is_found_in_few_files(known, limit, exponent, first):
    encoder = Encoder(exponent)
    too_large = encoder.bytes_of(first)
    if not encoder.bytes_of(40) <= limit < too_large:
        return
    found = fitted([FRAME], "jpeg", first, limit, encoder, too_large=too_large if known else None)
    used = next(quality for _, quality in encoder.made if encoder.bytes_of(quality) == len(found.encoded.data))
    assert len(encoder.made) <= MAX_QUALITIES
    assert len(found.encoded.data) <= limit
    # The next quality is too large, or the file is close to the limit.
    assert encoder.bytes_of(used + 1) > limit or len(found.encoded.data) >= 0.97 * limit
    assert found.size == (400, 200)


def test_the_highest_quality_may_fit_where_a_lossless_file_did_not():
    encoder = Encoder(exponent=5)
    found = fitted([FRAME], "jpeg", 50, encoder.bytes_of(50), encoder, too_large=None)
    assert encoder.made == [((400, 200), 50)]
    assert len(found.encoded.data) == encoder.bytes_of(50)


def test_bytes_that_leap_do_not_prolong_the_search():
    class Leaping(Encoder):
        def bytes_of(self, quality, _=0):
            return 1_000 if quality <= 43 else 900_000 + quality

    encoder = Leaping()
    assert len(fitted([FRAME], "jpeg", 100, 800_000, encoder, too_large=None).encoded.data) == 1_000
    assert len(encoder.made) == MAX_QUALITIES


def test_qualities_are_the_encoder_s_own():
    encoder = Encoder(form="avif")
    fitted([FRAME], "avif", 68, encoder.bytes_of(60), encoder, too_large=encoder.bytes_of(68))
    assert all(encoder_quality("avif", 40) <= quality < 68 for _, quality in encoder.made)


@given(limit=st.integers(700, 5_000))
def test_fewer_pixels_follow_the_lowest_quality(limit):
    encoder = Encoder()
    found = fitted([FRAME], "jpeg", 82, limit, encoder, too_large=encoder.bytes_of(82))
    assert len(found.encoded.data) <= limit
    assert encoder.made[0] == ((400, 200), 40)
    assert all(quality == 40 for _, quality in encoder.made)
    assert len(encoder.made) <= 1 + MAX_SIZES
    # The shape stays, and not much more is given up than has to be.
    assert found.size[0] == pytest.approx(2 * found.size[1], abs=1.5)
    assert len(found.encoded.data) >= 0.6 * limit


class Grainy(Encoder):
    """An encoder whose bytes per pixel fall with the pixels, as those of grain do, which averages out."""

    def __init__(self, power):
        super().__init__()
        self.power = power

    def bytes_of(self, quality, pixels=400 * 200):
        return 100 + int(pixels * (quality / 100) * (pixels / (400 * 200)) ** self.power)


@given(power=st.floats(0, 5), limit=st.integers(2_300, 31_000))
def test_grain_that_averages_out_leaves_no_bytes_unused(power, limit):
    encoder = Grainy(power)
    found = fitted([FRAME], "jpeg", 40, limit, encoder, too_large=encoder.bytes_of(40))
    assert 0.89 * limit <= len(found.encoded.data) <= limit
    assert len(encoder.made) <= MAX_SIZES


def test_bytes_that_leap_with_the_size_do_not_prolong_the_search():
    class Leaping(Encoder):
        def bytes_of(self, _, pixels=0):
            return 1_000 if pixels < 20_000 else 500_000 + pixels

    encoder = Leaping()
    assert len(fitted([FRAME], "jpeg", 40, 400_000, encoder, too_large=580_000).encoded.data) == 1_000
    assert len(encoder.made) == MAX_SIZES


@pytest.mark.parametrize("form", ["jpeg", "webp", "avif"])
def test_a_larger_grainy_picture_does_not_become_a_smaller_one(form):
    noise_of_three = Image.merge("RGB", [grain((800, 600), 14, seed) for seed in range(3)])
    noisy = ImageChops.add(photograph((800, 600)), noise_of_three, 1, -128)

    def fit(width):
        frame = noisy.resize((width, width * 3 // 4), Image.Resampling.LANCZOS)
        return fitted([frame], form, encoder_quality(form, 82), 7_000, again, too_large=None)

    def again(some, quality):
        return encode(some, form, quality=82, format_quality={form: quality}, animation=None)

    small, large = fit(400), fit(800)
    assert 0.8 * 7_000 < len(large.encoded.data) <= 7_000
    assert large.size[0] >= 0.9 * small.size[0]


def test_a_quality_below_the_lowest_is_never_raised():
    encoder = Encoder()
    found = fitted([FRAME], "jpeg", 30, 1_500, encoder, too_large=encoder.bytes_of(30))
    assert {quality for _, quality in encoder.made} == {30}
    assert (400, 200) not in {size for size, _ in encoder.made}
    assert found.size < (400, 200)


def test_what_fits_at_no_size_is_refused_with_its_bytes_and_the_limit():
    with pytest.raises(OutputTooLarge, match=r"420 bytes at 100 x 50 px.*the limit is 300 \(max_bytes\)"):
        fitted([FRAME], "jpeg", 82, 300, Encoder(), too_large=50_000)


@pytest.mark.parametrize("form", ["jpeg", "webp", "avif", "png", "gif"])
def test_real_files_fit(form):
    frames = [noise((200, 120)), noise((200, 120)).rotate(180)][: 1 if form == "jpeg" else 2]
    moving = Animation(durations_ms=(50, 60), plays=0)
    plain = encode(frames, form, quality=82, animation=moving)

    def again(some, quality):
        return encode(some, form, quality=82, format_quality={form: quality}, animation=moving)

    limit = len(plain.data) * 4 // 5
    first = encoder_quality(form, 82)
    found = fitted(frames, form, first, limit, again, too_large=len(plain.data))
    assert 0.6 * limit < len(found.encoded.data) <= limit
    assert (found.size == (200, 120)) == (form not in {"png", "gif"})
