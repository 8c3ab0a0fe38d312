"""Removes what a load test uploaded and what became of it: every version under its own prefix, and its outputs."""

from concurrent.futures import ThreadPoolExecutor
from typing import Final

from ops.aws.buckets import remove_versions, version_pages, versions_of
from ops.aws.objects import delete, head
from ops.errors import CommandError, Exit
from ops.load.limits import WORKERS
from ops.stack import Stack
from services.store import naming
from shared.messages import NULL_VERSION, Source

# Load tests upload under this, each into a folder of its own.
FOLDER: Final = "load-test/"


def prefix_of(name: str) -> str:
    """The prefix that a load test uploads under, and that its outputs have as a rule, beneath those of the buckets."""
    return f"{FOLDER}{name}/"


def clean(stack: Stack, prefix: str) -> int:
    """Remove all versions of all objects under a load test's prefix, and of its outputs elsewhere; how many they were.

    Where `output.key` does not begin with the source's folder, outputs are found by the records of their source keys.

    Raises:
        CommandError: the prefix is none of a load test's, or something could not be removed.
    """
    places = stack.names.buckets
    name = places.input.relative(prefix)
    if not name.startswith(FOLDER) or not name.removeprefix(FOLDER).rstrip("/"):
        raise CommandError(f"{prefix} is not a load test's: nothing was removed", Exit.USAGE)
    output_prefix = places.output.prefix + name
    # Sources go last: what is removed half way is found again by them.
    removed = _remove_elsewhere(stack, prefix, output_prefix)
    removed += remove_versions(stack.s3, stack.names.output_bucket, output_prefix)
    return removed + remove_versions(stack.s3, stack.names.input_bucket, prefix)


def _remove_elsewhere(stack: Stack, prefix: str, output_prefix: str) -> int:
    """Remove the outputs of sources under a prefix that are not under the outputs' own; how many versions they were."""
    bucket = stack.names.input_bucket
    listed = {
        each["Key"]
        for page in version_pages(stack.s3, bucket, prefix)
        for each in (*page.get("Versions", []), *page.get("DeleteMarkers", []))
    }
    recorded = stack.ledger.recorded_outputs(bucket, sorted(listed))
    elsewhere = [
        (key, output)
        for key, outputs in recorded.items()
        for output in sorted(outputs)
        if not output.startswith(output_prefix)
    ]
    with ThreadPoolExecutor(WORKERS) as pool:
        return sum(pool.map(lambda pair: _remove_output(stack, *pair), elsewhere))


def _remove_output(stack: Stack, key: str, output: str) -> int:
    """Remove the versions of an object that are outputs of a source; how many they were. Those of others stay."""
    bucket = stack.names.output_bucket
    source = Source(bucket=stack.names.input_bucket, key=key, size_bytes=0, uploaded_at="")
    removed = 0
    for version_id in versions_of(stack.s3, bucket, output, markers=False):
        owner = _owner(stack, output, version_id)
        if owner is not None and naming.may_remove(owner, source, owner.sequence):
            delete(stack.s3, bucket, output, version_id)
            removed += 1
    return removed


def _owner(stack: Stack, output: str, version_id: str | None) -> naming.Owner | None:
    """The source of a version of an output; None where it is gone, or this pipeline did not write it."""
    bucket = stack.names.output_bucket
    # In a bucket without versions "null" is what there is; not everything that speaks S3 knows it by that id.
    there = head(stack.s3, bucket, output) if version_id == NULL_VERSION else None
    if there is None or there.get("VersionId", NULL_VERSION) != NULL_VERSION:
        there = head(stack.s3, bucket, output, version_id)
    return naming.from_metadata(there["Metadata"]) if there is not None else None
