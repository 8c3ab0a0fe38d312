"""How close one animation is to another."""

import io

import pytest
from kit.pictures import animation, gradient
from PIL import Image

from bench.animations.fidelity import LOSSLESS_DB, psnr_db


def webp(frames, durations):
    buffer = io.BytesIO()
    frames[0].save(buffer, "WEBP", save_all=True, append_images=frames[1:], duration=durations, lossless=True)
    return buffer.getvalue()


def grey(level):
    return Image.new("RGB", (40, 30), (level,) * 3)


def test_an_animation_is_as_good_as_itself():
    assert psnr_db(animation("GIF"), animation("GIF")) == LOSSLESS_DB


def test_all_frames_count_and_not_only_the_first():
    source = webp([grey(0), grey(100)], [50, 50])
    made = webp([grey(0), grey(120)], [50, 50])
    assert psnr_db(source, made) == pytest.approx(25.12, abs=0.01)  # 400 / 2 is the mean square


def test_frames_that_an_encoder_joined_are_compared_by_time():
    source = webp([grey(0), grey(1), grey(200)], [50, 50, 100])
    made = webp([grey(0), grey(200)], [100, 100])
    assert psnr_db(source, made) > 50


def test_another_size_has_no_psnr():
    assert psnr_db(animation("GIF"), animation("GIF", size=(30, 20))) is None


def test_hidden_pixels_do_not_count():
    frames = [gradient(mode="RGBA"), gradient(mode="RGBA").rotate(180)]
    hidden = [frame.copy() for frame in frames]
    for frame in (*frames, *hidden):
        frame.putalpha(0)
    hidden[0].paste((200, 0, 0, 0), (0, 0, 20, 20))
    assert psnr_db(webp(frames, [40, 40]), webp(hidden, [40, 40])) == LOSSLESS_DB
