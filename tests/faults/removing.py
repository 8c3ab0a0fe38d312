"""Deletions and renames under faults: images are uploaded, and go at once or once they are stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from faults import world
from faults.checker import Checked, Expected, judge
from faults.enumeration import QUIET_SECONDS, key
from faults.lambdas import Lambdas
from faults.proxy import Proxy
from faults.rules import FaultPlan, Point

from ops.names import SERVICES
from shared.dlq_messages import iso
from shared.messages import Source

# What becomes of each source: it is deleted before anything has read it, or once it is stored; or it is moved, as
# `aws s3 mv` does, by a copy and a deletion.
Case = Literal["deleted at once", "deleted", "renamed"]
CASES: tuple[Case, ...] = ("deleted at once", "deleted", "renamed")


@dataclass(frozen=True, kw_only=True)
class Removed:
    """A run and what is said of it.

    Args:
        verdict: the checker's.
        met: how many of the trials met their fault.
        tried: how many trials there were.
    """

    verdict: Checked
    met: int
    tried: int


def run(
    local: Any, case: Case, image: tuple[str, bytes], points: Sequence[Point], folder: Path, *, first: int
) -> Removed:
    """Upload an image for each point, take its source away, and judge what becomes of it.

    Args:
        local: a pipeline whose outputs follow deletions, with its mappings off.
        case: what becomes of the sources.
        image: its name and bytes.
        points: the faults, from the deletion on.
        folder: for logs.
        first: the number of the first point: each needs one of its own.
    """
    name, data = image
    numbered = dict(enumerate(points, first))
    plan = FaultPlan({f"{number:05d}": [point] for number, point in numbered.items()})
    keys = [key(number, name) for number in numbered]
    folder.mkdir(parents=True, exist_ok=True)
    there = world.look(local)
    with Proxy(local.emulator.endpoint, SERVICES, FaultPlan()) as proxy:
        world.upload(local, dict.fromkeys(keys, data), proxy)
        with Lambdas(local, proxy.endpoints, folder, slots=8) as lambdas:
            proxy.kill, lambdas.delayed = lambdas.kill, lambda: proxy.delayed
            if case != "deleted at once":
                _drain(lambdas, len(keys))
            proxy.rule = plan
            outputs = world.look(local).outputs if case == "renamed" else {}
            for each in keys:
                if case == "renamed":
                    _copy(local, each, proxy, len(data))
                local.s3.delete_object(Bucket=local.names.input_bucket, Key=each)
            _drain(lambdas, len(keys))
    expected = {each: _removed(quiet=case == "deleted at once") for each in keys}
    if case == "renamed":
        expected |= {_renamed(each): _moved(each, outputs) for each in keys}
    verdict = judge(expected, world.without(world.look(local), there))
    return Removed(verdict=verdict, met=len(plan.fired), tried=len(numbered))


def _drain(lambdas: Lambdas, images: int) -> None:
    if not lambdas.drain(QUIET_SECONDS + 2 * images):
        raise RuntimeError("the queues do not run dry")


def _removed(*, quiet: bool) -> Expected:
    earlier = {"stored", "vanished"} if quiet else {"stored"}
    return Expected(outcome="removed", versions=2, earlier=frozenset(earlier), quiet=quiet)


def _moved(old: str, outputs: Mapping[str, str]) -> Expected:
    """The outputs of the new key are those that the old one had."""
    stem, _, extension = old.rpartition(".")
    theirs = {each: etag for each, etag in outputs.items() if each.startswith(f"{stem}-")}
    moved = {each.replace(stem, _renamed(old).removesuffix(f".{extension}")): etag for each, etag in theirs.items()}
    return Expected(outcome="stored", outputs=moved)


def _renamed(old: str) -> str:
    stem, _, extension = old.rpartition(".")
    return f"{stem}-moved.{extension}"


def _copy(local: Any, old: str, proxy: Proxy, size_bytes: int) -> None:
    bucket, new = local.names.input_bucket, _renamed(old)
    answer = local.s3.copy_object(Bucket=bucket, Key=new, CopySource={"Bucket": bucket, "Key": old})
    at = iso(answer["CopyObjectResult"]["LastModified"])
    source = Source(bucket=bucket, key=new, version_id=answer["VersionId"], size_bytes=size_bytes, uploaded_at=at)
    proxy.images[source.image_id] = old.split("-")[1]
