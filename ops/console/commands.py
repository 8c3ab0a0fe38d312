"""What a person would type for what the page does: text that a shell takes as it stands. No AWS."""

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ops.aws.ledger import Row
from ops.names import Names
from ops.show import operands


def quoted(text: str) -> str:
    r"""A text as one word of a POSIX shell: plain where it can be, 'so' or, of what would not be seen, $'so\x0a'.

    What is copied is pasted into terminals: it holds no newline, and nothing that turns the line around.
    """
    if text.isprintable():
        return shlex.quote(text)
    escaped = "".join(
        char.replace("\\", "\\\\").replace("'", "\\'")
        if char.isprintable()
        else "".join(f"\\x{byte:02x}" for byte in char.encode("utf-8", "surrogatepass"))
        for char in text
    )
    return f"$'{escaped}'"


@dataclass(frozen=True, kw_only=True)
class Commands:
    """Commands that lead to the stack of the page.

    Args:
        names: of its resources.
        options: what leads there besides AWS's usual variables, such as ("--region", "eu-west-1").
        settings: what of `options` is pipeline's alone, such as ("--settings", "other.yaml").
    """

    names: Names
    options: Sequence[str] = ()
    settings: Sequence[str] = ()

    def status(self, key: str) -> str:
        """What the ledger says of a key."""
        return self._pipeline("status", *operands(key))

    def batch(self, batch_id: str) -> str:
        """What the ledger says of an upload batch."""
        return self._pipeline("status", f"--batch={batch_id}")

    def logs(self, row: Row) -> str:
        """What the services logged of an image."""
        return self._pipeline("logs", f"--image-id={row.image_id}", *operands(row.key))

    def upload(self, paths: Sequence[str], prefix: str, overrides: Iterable[str]) -> str:
        """Upload files with a prefix and overrides."""
        overridden = [word for override in overrides for word in ("--set", override)]
        prefixed = [f"--prefix={prefix}"] if prefix else []
        return self._pipeline("upload", *prefixed, *overridden, "--wait", *operands(*(paths or ["FILE"])))

    def show(self, name: str) -> str:
        """Show a DLQ message whole."""
        return self._pipeline("dlq", "show", *operands(name))

    def replay(self, message_ids: Sequence[str], *, force: bool = False) -> str:
        """Send DLQ messages back."""
        return self._pipeline("dlq", "replay", "--yes", *(["--force"] if force else []), *operands(*message_ids))

    def dlq(self, name: str, options: Sequence[str] = ()) -> str:
        """Count DLQ messages (ls), or replay them, as filters say; what changes something is a dry run."""
        return self._pipeline("dlq", name, *options)

    def remove(self, keys: Sequence[str]) -> str:
        """Delete sources with all that was made of them; a dry run, as long as nobody adds --yes."""
        return self._pipeline("rm", *operands(*keys))

    def fetch_output(self, key: str) -> str:
        """Fetch an output."""
        return self._aws("s3", "cp", f"s3://{self.names.output_bucket}/{key}", ".")

    def fetch_source(self, row: Row) -> str:
        """Fetch the very version that was uploaded."""
        version = ["--version-id", row.version_id] if row.version_id else []
        name = row.key.rpartition("/")[2] or "source"
        # A name that begins with a hyphen would be an option.
        return self._aws("s3api", "get-object", "--bucket", row.bucket, f"--key={row.key}", *version, f"./{name}")

    def _pipeline(self, *words: str) -> str:
        cut = words.index("--") if "--" in words else len(words)
        return " ".join(map(quoted, ["pipeline", *words[:cut], *self.options, *self.settings, *words[cut:]]))

    def _aws(self, *words: str) -> str:
        return " ".join(map(quoted, ["aws", *words, *self.options]))
