"""Which outputs of a load test are in the output bucket."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from ops.aws.buckets import keys
from ops.aws.ledger import Row
from ops.aws.objects import head
from ops.load.limits import WORKERS
from ops.stack import Stack


def present(stack: Stack, prefix: str, rows: Iterable[Row]) -> frozenset[str]:
    """The keys that are in the output bucket: all under a prefix, and the outputs elsewhere that rows name.

    Args:
        stack: The pipeline.
        prefix: Prefix that outputs have where `output.key` begins with the source's folder.
        rows: Rows of the load test's images.
    """
    bucket = stack.names.output_bucket
    elsewhere = sorted({key for row in rows for key in row.outputs if not key.startswith(prefix)})
    with ThreadPoolExecutor(WORKERS) as pool:
        found = list(pool.map(lambda key: head(stack.s3, bucket, key) is not None, elsewhere))
    there = (key for key, is_there in zip(elsewhere, found, strict=True) if is_there)
    return frozenset(keys(stack.s3, bucket, prefix)).union(there)
