"""Small pictures for tests, made on the spot."""

import io

from PIL import Image


def gradient(size=(96, 64), mode="RGB"):
    """A picture whose corners all differ, so that a turn or a flip shows."""
    width, height = size
    across = Image.linear_gradient("L").rotate(90).resize(size)
    down = Image.linear_gradient("L").resize(size)
    image = Image.merge("RGB", (across, down, Image.new("L", size, 90)))
    image.paste((250, 20, 20), (0, 0, max(1, width // 4), max(1, height // 4)))
    if mode == "RGBA":
        image = image.convert("RGBA")
        image.putalpha(across)
        return image
    return image.convert(mode)


def saved(image, form, **options):
    """The picture as a file."""
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def animation(form, frames=5, size=(64, 48), **options):
    """A square that moves over a ground, each frame unlike the one before."""
    images = []
    for index in range(frames):
        image = gradient(size).convert("RGBA")
        image.paste((0, 0, 255, 255), (index * 8, 10, index * 8 + 12, 30))
        images.append(image if form != "GIF" else image.convert("RGB"))
    durations = [50 + 10 * index for index in range(frames)]
    return saved(images[0], form, save_all=True, append_images=images[1:], duration=durations, **options)
