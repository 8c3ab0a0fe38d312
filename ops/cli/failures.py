"""The one place that turns an exception into an exit code and a line: what happened, then what to do."""

import re
import sys
from typing import Any, Final

import click

from ops.errors import CommandError, Exit
from ops.places import LOCAL_UP
from shared.errors import BadOverride, BadSetting, PipelineError, TransientError

_GRANT: Final = "Grant it to the identity that aws sts get-caller-identity names, or pass another --profile."
_ELSEWHERE: Final = "Pass another --region or --profile, or deploy the pipeline: make deploy."
_SIGN_IN: Final = "Sign in again (aws sso login), or pass another --profile."
_LATER: Final = "Run the command again later."
_LOCAL: Final = f"Check the network and --endpoint-url; for the local AWS: {LOCAL_UP}."

# What AWS answers, by what its code contains; the first that fits counts.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_common-errors.html
_REFUSALS: Final[tuple[tuple[tuple[str, ...], Exit, str], ...]] = (
    (("AccessDenied", "NotAuthorized", "AuthorizationError", "Forbidden", "UnauthorizedOperation"), Exit.AWS, _GRANT),
    (("ExpiredToken", "InvalidClientTokenId", "UnrecognizedClient", "InvalidAccessKeyId"), Exit.AWS, _SIGN_IN),
    (("Throttl", "TooManyRequests", "SlowDown", "RequestLimitExceeded", "Throughput"), Exit.AWS, _LATER),
    (("NoSuch", "NonExistent", "NotFound", "DoesNotExist"), Exit.NOT_FOUND, _ELSEWHERE),
)

# click says one suggestion as a sentence, and several in parentheses.
_SEVERAL: Final = re.compile(r"\((Did you mean one of: [^()]+\?)\)$")

# Packages that only some commands need, and the extra of the installation that brings them.
_EXTRAS: Final = {
    "uvicorn": "console",
    "starlette": "console",
    "python_multipart": "console",
    "packaging": "local",
    "uv": "local",
    "matplotlib": "load-test",
}


def explained(error: BaseException) -> tuple[Exit, str]:  # noqa: PLR0911 - a line for each kind
    """The exit code of an error, and what is printed of it: empty where there is nobody to read it."""
    if isinstance(error, CommandError):
        return error.code, str(error)
    if isinstance(error, click.ClickException):
        return Exit.USAGE, _usage(error)
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return Exit.INTERRUPTED, "interrupted"
    if isinstance(error, BrokenPipeError):  # the reader of a pipe has gone
        return Exit.FAILURE, ""
    if isinstance(error, UnicodeEncodeError):
        return _unencodable(error)
    if isinstance(error, BadSetting | BadOverride):
        return Exit.USAGE, str(error)
    if isinstance(error, PipelineError):
        return (Exit.AWS, f"{error}. {_LATER}") if isinstance(error, TransientError) else (Exit.FAILURE, str(error))
    return _extra(error) or _aws(error) or _system(error)


def _unencodable(error: UnicodeEncodeError) -> tuple[Exit, str]:
    """A surrogate is a byte that is not UTF-8; anything else is what the encoding of this system lacks."""
    text = f"{error.object[:200]!a}"
    if any("\ud800" <= char <= "\udfff" for char in error.object[error.start : error.end]):
        return Exit.USAGE, f"{text} is not UTF-8, as keys of S3 are. Rename the file."
    return Exit.FAILURE, f"{text} cannot be written as {error.encoding}. Set PYTHONUTF8=1 for UTF-8."


def _usage(error: click.ClickException) -> str:
    message = " ".join(error.format_message().split())  # click lists choices in lines of their own
    message = _SEVERAL.sub(r"\1", message)
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is None:
        return message
    stop = "" if message.endswith((".", "!", "?")) else "."
    return f"{message}{stop} See: {context.command_path} --help"


def _extra(error: BaseException) -> tuple[Exit, str] | None:
    """A package that this installation was made without; None of any other error."""
    name = error.name or "" if isinstance(error, ModuleNotFoundError) else ""
    extra = _EXTRAS.get(name.partition(".")[0])
    if extra is None:
        return None
    return Exit.FAILURE, f"{name} is not installed. This command needs the extra: image-pipeline[{extra}]."


def _aws(error: BaseException) -> tuple[Exit, str] | None:  # noqa: PLR0911 - as above
    """An error of the AWS SDK; None of any other. The SDK is not imported: its errors exist only where it was."""
    sdk: Any = sys.modules.get("botocore.exceptions")
    if sdk is None:
        return None
    if isinstance(error, sdk.ClientError):
        code = str(error.response.get("Error", {}).get("Code", ""))
        for parts, exit_code, advice in _REFUSALS:
            if any(part in code for part in parts):
                return exit_code, f"{error}. {advice}"
        return Exit.AWS, str(error)
    if isinstance(error, sdk.ProfileNotFound):
        return Exit.USAGE, f"{error}. aws configure list-profiles lists those that exist."
    if isinstance(error, sdk.NoCredentialsError | sdk.PartialCredentialsError):
        return Exit.AWS, f"{error}. Pass --profile, or set AWS_PROFILE; for the local AWS: {LOCAL_UP}."
    if isinstance(error, sdk.TokenRetrievalError | sdk.UnauthorizedSSOTokenError):
        return Exit.AWS, f"{error}. {_SIGN_IN}"
    if isinstance(error, sdk.HTTPClientError | sdk.ConnectionError):
        return Exit.AWS, f"{error}. {_LOCAL}"
    return (Exit.AWS, str(error)) if isinstance(error, sdk.BotoCoreError) else None


def _system(error: BaseException) -> tuple[Exit, str]:
    if isinstance(error, OSError):
        names = ": ".join(str(name) for name in (error.filename, error.strerror) if name)
        return Exit.FAILURE, names or str(error)
    return Exit.FAILURE, f"internal error: {_first_line(error)}. Run it with PIPELINE_DEBUG=1, and report what it says."


def _first_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {next(iter(str(error).splitlines()), '')}".rstrip(": ")
