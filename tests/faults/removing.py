"""Deletions and renames under faults: images are uploaded, and go at once or once they are stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
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
# `aws s3 mv` does, by a copy and a deletion; or its delete marker is deleted, once outputs are gone or before.
Case = Literal["deleted at once", "deleted", "renamed", "restored", "restored at once"]
CASES: tuple[Case, ...] = ("deleted at once", "deleted", "renamed", "restored", "restored at once")


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
            # What is standing before; the notices of it are judged, but for those of images that are renamed.
            outputs = world.look(local).outputs if case == "renamed" else _standing(local)
            if case != "restored":
                proxy.rule = plan
            markers = {each: _taken_away(local, case, each, proxy, len(data)) for each in keys}
            if case == "restored":
                _drain(lambdas, len(keys))
                proxy.rule = plan
            for each in keys if case.startswith("restored") else ():
                local.s3.delete_object(Bucket=local.names.input_bucket, Key=each, VersionId=markers[each])
            _drain(lambdas, len(keys))
    expected = {each: _removed(quiet=case == "deleted at once") for each in keys}
    if case.startswith("restored"):
        expected = {each: _restored(each, outputs, case) for each in keys}
    if case == "renamed":
        expected |= {_renamed(each): _moved(each, outputs) for each in keys}
    observed = world.without(world.look(local), there)
    if case.startswith("restored"):
        # A version that is back has the time of its upload: which row is the newest one says nothing.
        ordered = {each: sorted(some, key=lambda one: one != "stored") for each, some in observed.outcomes.items()}
        observed = replace(observed, outcomes=ordered)
    verdict = judge(expected, observed)
    return Removed(verdict=verdict, met=len(plan.fired), tried=len(numbered))


def _drain(lambdas: Lambdas, images: int) -> None:
    if not lambdas.drain(QUIET_SECONDS + 2 * images):
        raise RuntimeError("the queues do not run dry")


def _taken_away(local: Any, case: Case, key: str, proxy: Proxy, size_bytes: int) -> str:
    """Delete a source, which is copied before where it is renamed; the version of its delete marker."""
    if case == "renamed":
        _copy(local, key, proxy, size_bytes)
    marker: str = local.s3.delete_object(Bucket=local.names.input_bucket, Key=key)["VersionId"]
    return marker


def _standing(local: Any) -> dict[str, str]:
    pages = local.s3.get_paginator("list_objects_v2").paginate(Bucket=local.names.output_bucket)
    return {each["Key"]: each["ETag"] for page in pages for each in page.get("Contents", [])}


def _removed(*, quiet: bool) -> Expected:
    earlier = {"stored", "vanished"} if quiet else {"stored"}
    return Expected(outcome="removed", versions=2, earlier=frozenset(earlier), quiet=quiet)


def _restored(key: str, outputs: Mapping[str, str], case: Case) -> Expected:
    """The outputs stand as before; the deletion may have come too late to remove them."""
    stem = key.rpartition(".")[0]
    earlier = {"stored", "superseded", "removed", "vanished"} if case == "restored at once" else {"stored", "removed"}
    theirs = {each: etag for each, etag in outputs.items() if each.startswith(f"{stem}-")}
    return Expected(outcome="stored", versions=3, outputs=theirs, earlier=frozenset(earlier))


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
