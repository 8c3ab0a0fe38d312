"""Files for `pipeline upload`, made of bytes."""

from ops.images.follow import Upload


def uploads_of(folder, prefix, bodies):
    """Uploads of bytes by their names, whose files are in a folder, under a prefix of the input bucket."""
    uploads = []
    for number, (name, body) in enumerate(bodies.items()):
        path = folder / str(number)
        path.write_bytes(body)
        uploads.append(Upload(path=path, key=f"{prefix}{name}"))
    return uploads
