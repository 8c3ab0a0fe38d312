"""Which images a backfill is about: those of the input bucket under a prefix."""

from urllib.parse import urlsplit

from ops.errors import CommandError, Exit
from ops.names import Names


def prefix_of(where: str, names: Names) -> str:
    """The prefix that an S3 URL names; that of uploads, where the URL names more, such as all of the bucket.

    Raises:
        CommandError: it is not an S3 URL, or is of another bucket or beside the prefix, which resize may not read.
    """
    try:
        parts = urlsplit(where, allow_fragments=False)
    except ValueError as error:
        raise CommandError(f"{where}: {error}; it must be s3://{names.input_bucket}/PREFIX", Exit.USAGE) from error
    if parts.scheme != "s3" or not parts.netloc:
        raise CommandError(f"{where} is not an S3 URL; it must be s3://{names.input_bucket}/PREFIX", Exit.USAGE)
    # A key may hold a question mark: what urlsplit takes for a query is a part of it.
    prefix = where.removeprefix(f"s3://{parts.netloc}").removeprefix("/")
    if parts.netloc != names.input_bucket:
        raise CommandError(
            f"{parts.netloc} is not the input bucket: resize may read s3://{names.input_bucket} alone."
            f" Copying sends each image by itself: aws s3 sync {where} s3://{names.input_bucket}/{prefix}",
            Exit.USAGE,
        )
    uploads = names.buckets.input.prefix
    if not prefix.startswith(uploads) and not uploads.startswith(prefix):
        raise CommandError(
            f"{where} is not under s3://{names.input_bucket}/{uploads} (buckets.input.prefix): resize may not read it",
            Exit.USAGE,
        )
    return max(prefix, uploads, key=len)
