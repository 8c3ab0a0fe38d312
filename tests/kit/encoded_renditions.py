"""Renditions as watermark leaves them for store."""

from shared.messages import EncodedRendition


def encoded(name, form, **options):
    """A rendition of this format, whose member has its name; options take the place of its other fields."""
    given = {"member": name, "width": 9, "height": 8, "frames": 1, "size_bytes": 3} | options
    return EncodedRendition(name=name, format=form, content_type=f"image/{form}", **given)
