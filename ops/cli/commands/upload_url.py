"""`pipeline upload-url`: a signed request with which somebody else uploads."""

from __future__ import annotations

import mimetypes
import re
import shlex
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal

from ops.cli.options import DURATION, Number, command, option, set_option, target_options
from ops.errors import CommandError, Exit

if TYPE_CHECKING:
    from ops.aws.presigned import Signed
    from ops.cli.options import Target

_DEFAULT_EXPIRES: Final = timedelta(minutes=15)
_TYPE: Final = re.compile(r"image/[A-Za-z0-9][A-Za-z0-9.+-]{0,60}")


@command(
    "pipeline upload-url --prefix visitors/ --max-bytes 10000000 --expires 1h",
    "pipeline upload-url --put holiday/sea.jpg --json",
)
@option("--prefix", metavar="PREFIX", help="Sign a form for every key that begins with this, such as visitors/.")
@option("--put", "key", metavar="KEY", help="Sign a PUT of this key instead. S3 does not check its size.")
@option("--max-bytes", type=Number(1, 5 * 1024**3), metavar="N", help="Largest file of a form (default: limits.bytes).")
@option(
    "--expires", type=DURATION, default=_DEFAULT_EXPIRES, metavar="TIME", help="Valid for, up to 7d (default: 15m)."
)
@option("--type", "content_type", metavar="TYPE", help="Content type (default: any image; for PUT, that of the key).")
@set_option
@target_options
def upload_url(
    target: Target,
    *,
    prefix: str | None,
    key: str | None,
    max_bytes: int | None,
    expires: timedelta,
    content_type: str | None,
    overrides: tuple[str, ...],
) -> Exit:
    """Sign a request with which somebody without AWS credentials uploads images.

    A form (POST) is bound to a prefix, an image type and a size. A PUT is bound to one key and its type.
    """
    from ops.aws import presigned
    from ops.images.overrides import check, metadata_of
    from ops.show import note

    if (prefix is None) == (key is None):
        raise CommandError("pass --prefix for a form, or --put for one key", Exit.USAGE)
    if not timedelta(seconds=1) <= expires <= presigned.MAX_EXPIRES:
        raise CommandError(f"--expires is {expires}; allowed: 1s to {presigned.MAX_EXPIRES.days}d", Exit.USAGE)
    if content_type is not None and not _TYPE.fullmatch(content_type):
        raise CommandError(f"--type {content_type}: it must be an image type, such as image/jpeg", Exit.USAGE)
    if key is not None and max_bytes is not None:
        raise CommandError("a signed PUT has no --max-bytes: S3 checks the size of a form alone", Exit.USAGE)
    metadata = metadata_of(overrides)
    stack = target.stack()
    uploads = stack.names.buckets.input
    prefix, key = (each if each is None else uploads.within(each) for each in (prefix, key))
    if metadata:
        check(stack.settings, [key or f"{prefix}image.jpg"], metadata)
    if prefix is not None:
        largest = _largest(target, max_bytes)
        made = presigned.form(
            stack, prefix=prefix, content_type=content_type, max_bytes=largest, metadata=metadata, expires=expires
        )
    else:
        made = presigned.put(
            stack, key=key or "", content_type=content_type or _guessed(key or ""), metadata=metadata, expires=expires
        )
    if presigned.is_temporary(stack):
        note("These credentials are temporary: the request expires with them, if that is earlier.")
    _print(made, target, content_type)
    return Exit.DONE


def _largest(target: Target, max_bytes: int | None) -> int:
    """Size of the largest file that a form takes.

    Raises:
        CommandError: resize would refuse it.
    """
    from ops import settings as pipeline_settings
    from services.resize.settings import Settings

    limit = Settings.from_env(pipeline_settings.placeholders(target.load_settings(), "resize")).limits.bytes
    if max_bytes is not None and max_bytes > limit:
        raise CommandError(f"--max-bytes is {max_bytes:,}; resize takes {limit:,} (limits.bytes)", Exit.USAGE)
    return max_bytes or limit


def _guessed(key: str) -> str:
    """The content type of a key by its extension.

    Raises:
        CommandError: it has no extension of an image.
    """
    found = mimetypes.guess_type(key)[0] or ""
    if not _TYPE.fullmatch(found):
        raise CommandError(f"{key}: no extension of an image; pass --type, such as image/jpeg", Exit.USAGE)
    return found


def _print(made: Signed, target: Target, content_type: str | None) -> None:
    from ops.cli.output import print_json

    if target.json:
        where: Literal["fields", "headers"] = "fields" if made.method == "POST" else "headers"
        print_json(
            [
                {
                    "method": made.method,
                    "url": made.url,
                    where: dict(made.fields),
                    "expires_at": made.expires_at.isoformat(timespec="seconds"),
                }
            ]
        )
        return
    if made.method == "PUT":
        headers = [word for name, value in made.fields.items() for word in ("-H", f"{name}: {value}")]
        print(shlex.join(["curl", "--fail", "--path-as-is", "-T", "FILE", *headers, made.url]))
        return
    fields = dict(made.fields) | ({} if content_type else {"Content-Type": "image/jpeg"})
    words = [word for name, value in fields.items() for word in ("--form-string", f"{name}={value}")]
    print(shlex.join(["curl", "--fail", *words, "-F", "file=@FILE", made.url]))
