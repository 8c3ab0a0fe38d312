"""The console's routes: each answers a request with a page, a part of one, or a picture."""

import json
import os
from collections import OrderedDict
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from anyio.to_thread import run_sync
from botocore.exceptions import BotoCoreError, ClientError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from ops.aws.ledger import Row
from ops.console import forms
from ops.console.batch_uploads import BatchUploads
from ops.console.commands import Commands
from ops.console.dlq_filter import AGES
from ops.console.dlq_jobs import Jobs
from ops.console.dlq_messages import DlqMessages
from ops.console.dlq_routes import DlqRoutes
from ops.console.events import Events
from ops.console.follower import Follower
from ops.console.mailbox import Mailbox
from ops.console.objects import ANYTHING, BrowserFile, Missing, Objects
from ops.console.pages import STATIC, Pages
from ops.console.security import PICTURES_MAY, Guard
from ops.console.state import Seen
from ops.console.uploads import Refused, Uploads, checked
from ops.dlq.rows import askable
from ops.dlq.run import ARCHIVES
from ops.errors import CommandError
from ops.images.logs import Trail
from ops.show import visible
from ops.stack import Stack
from shared.batches import MAX_SIZE

_MAX_OTHERS: Final = 2000


@dataclass(kw_only=True)
class Console:
    """Everything that the routes need.

    Args:
        stack: that it shows.
        commands: that do what its pages do.
        mailbox: where the stack's mails arrive.
        dlq_messages: of the stack.
        archives: the folder for messages that leave their queue; as `pipeline dlq` has it.
    """

    stack: Stack
    commands: Commands
    mailbox: Mailbox
    dlq_messages: DlqMessages
    archives: Path = ARCHIVES
    follower: Follower = field(init=False)
    pages: Pages = field(init=False)
    events: Events = field(init=False)
    objects: Objects = field(init=False)
    uploads: Uploads = field(init=False)
    jobs: Jobs = field(init=False)
    batch_uploads: BatchUploads = field(init=False)
    _others: OrderedDict[str, Row] = field(default_factory=OrderedDict, init=False)  # versions that were looked at

    def __post_init__(self) -> None:
        self.follower = Follower(stack=self.stack)
        self.pages = Pages(stack=self.stack, commands=self.commands)
        self.events = Events(follower=self.follower, pages=self.pages)
        self.objects = Objects(stack=self.stack)
        self.batch_uploads = BatchUploads(stack=self.stack)
        self.uploads = Uploads(stack=self.stack, max_bytes=self.objects.limits.bytes)
        self.jobs = Jobs(messages=self.dlq_messages, state=self.follower.state, folder=self.archives)

    def routes(self) -> list[Route | Mount]:
        """By path."""
        dlq = DlqRoutes(messages=self.dlq_messages, jobs=self.jobs, state=self.follower.state, pages=self.pages)
        return [
            Route("/", self.page),
            Route("/events", self.stream),
            Route("/health", self.health),
            Route("/upload", self.upload, methods=["POST"]),
            Route("/upload/command", self.upload_command),
            Route("/batches", self.begin_batch, methods=["POST"]),
            Route("/batches/{batch_id}/end", self.end_batch, methods=["POST"]),
            Route("/find", self.find),
            Route("/images/command", self.images_command),
            Route("/images/{image_id}", self.image),
            Route("/images/{image_id}/thumb", self.thumb),
            Route("/images/{image_id}/logs", self.logs),
            Route("/images/{image_id}/source", self.source),
            Route("/images/{image_id}/outputs/{index:int}", self.output),
            *dlq.routes(),
            Route("/dlq/{message_id}/thumb", self.message_thumb),
            Route("/mailbox", self.mails),
            Mount("/static", StaticFiles(directory=STATIC)),
        ]

    async def page(self, _: Request) -> Response:
        """The page, with what is known by now."""
        await self.follower.known()
        since, images = self.events.since(), self.follower.state.newest_first()
        html = await run_sync(
            lambda: self.pages.write(
                "page.html",
                since=since,
                rows=self.pages.rows(images),
                fields=forms.fields(self.stack.settings),
                override=forms.OVERRIDE,
                ages=AGES,
                max_bytes=self.uploads.max_bytes,
                max_batch=MAX_SIZE,
                panels=self.events.panels(),
            )
        )
        return HTMLResponse(html)

    async def stream(self, request: Request) -> Response:
        """What changes from now on."""
        since = request.headers.get("last-event-id") or request.query_params.get("since", "")
        return StreamingResponse(self.events.stream(since), media_type="text/event-stream")

    async def health(self, _: Request) -> Response:
        """Whether it is up, and which one it is."""
        return JSONResponse({"console": self.stack.names.name, "pid": os.getpid()})

    async def upload(self, request: Request) -> Response:
        """Take one file: its bytes are the body."""
        values = request.query_params
        length = request.headers.get("content-length", "")
        key = self._key(values.get("prefix", "") + values.get("path", ""))
        overridden = forms.overridden(values.multi_items())
        size = int(length) if length.isdecimal() else None
        number = values.get("number", "")
        place = int(number) if number.isdecimal() else -1
        batch = self.batch_uploads.batch(values.get("batch", ""), place, key)
        row = await self.uploads.take(
            key, overridden, request.stream(), size, place=None if batch is None else (batch, place)
        )
        self.follower.state.expect(row)
        return JSONResponse({"image_id": row.image_id, "key": row.key}, status_code=201)

    async def begin_batch(self, request: Request) -> Response:
        """Open an upload batch of files that come next."""
        try:
            body = json.loads(await request.body())
            keys = [self._key(str(body["prefix"]) + str(path)) for path in body["paths"]]
        except (ValueError, KeyError, TypeError) as error:
            raise Refused(f"not a list of files: {error}") from error
        return JSONResponse({"batch": await run_sync(self.batch_uploads.begin, keys)}, status_code=201)

    def end_batch(self, request: Request) -> Response:
        """All files of a batch that come have come."""
        self.batch_uploads.end(request.path_params["batch_id"])
        return Response(status_code=204)

    def upload_command(self, request: Request) -> Response:
        """What a person would type to upload files as the form says."""
        values = request.query_params
        overridden, prefix = forms.overridden(values.multi_items()), values.get("prefix", "")
        paths = values.getlist("path")
        checked(self.stack, self._key(prefix + (paths or ["FILE"])[0]), overridden)
        return PlainTextResponse(self.commands.upload(paths, prefix, overridden))

    def find(self, request: Request) -> Response:
        """The newest image of a key, however old it is."""
        key = request.query_params.get("key", "")
        versions = self._versions(self.stack.names.input_bucket, self._key(key)) if key else []
        if not versions:
            raise Missing(f"not in the ledger: {visible(key)}: not uploaded, or still waiting for resize")
        return JSONResponse({"image_id": versions[0].image_id})

    def images_command(self, request: Request) -> Response:
        """What a person would type to remove the selected sources: a dry run, which says what would go."""
        images = map(self.follower.state.get, request.query_params.getlist("image"))
        keys = dict.fromkeys(seen.row.key for seen in images if seen is not None)
        if not keys:
            raise Missing("no images are selected")
        return PlainTextResponse(self.commands.remove(list(keys)))

    def image(self, request: Request) -> Response:
        """One image: before and after, its services, outputs and versions."""
        seen = self._seen(request)
        versions = self._versions(seen.row.bucket, seen.row.key)
        whole = "hx-request" not in request.headers
        html = self.pages.write("image_page.html" if whole else "image.html", seen=seen, versions=versions)
        return HTMLResponse(html)

    def logs(self, request: Request) -> Response:
        """What the services logged of an image."""
        row = self._seen(request).row
        trail = Trail(stack=self.stack, key=row.key, now=datetime.now(UTC), image_id=row.image_id)
        html = self.pages.write("logs.html", lines=trail.look(), days=self.stack.settings.retention.logs_days)
        return HTMLResponse(html)

    def thumb(self, request: Request) -> Response:
        """A small picture of an image: of an output where there is one, else of what was uploaded."""
        row = self._seen(request).row
        if row.outputs:
            return _webp(self.objects.thumb_of_output(row.outputs[-1], row.updated_at))
        return _webp(self.objects.thumb_of_source(row.bucket, row.key, row.version_id))

    def source(self, request: Request) -> Response:
        """What was uploaded, or a preview of it."""
        row = self._seen(request).row
        return _picture(self.objects.source(row.bucket, row.key, row.version_id), row.key)

    def output(self, request: Request) -> Response:
        """One output of an image."""
        outputs, index = self._seen(request).row.outputs, request.path_params["index"]
        if index >= len(outputs):
            raise Missing("the image has no such output")
        return _picture(self.objects.output(outputs[index]), outputs[index])

    def message_thumb(self, request: Request) -> Response:
        """A small picture of what a message is about."""
        entry = self.dlq_messages.entry(request.path_params["message_id"])
        if entry is None or not entry.sources:
            raise Missing("no image is known for it")
        source = entry.sources[0]
        return _webp(self.objects.thumb_of_source(source.bucket, source.key, source.version_id))

    def mails(self, _: Request) -> Response:
        """The mails that came so far."""
        mails = self.mailbox.mails()
        return HTMLResponse(self.pages.write("mailbox.html", mails=mails, advice=self.mailbox.advice))

    def _key(self, name: str) -> str:
        """The key of a name: under the prefix of buckets.input, which a person leaves out."""
        return self.stack.names.buckets.input.within(name)

    def _versions(self, bucket: str, key: str) -> list[Row]:
        """Every version of a key, the newest first; each can be looked at from now on."""
        versions = list(self.stack.ledger_pages.versions(bucket, key).rows)
        for version in versions:
            self._others[version.image_id] = version
        while len(self._others) > _MAX_OTHERS:
            self._others.popitem(last=False)
        return versions

    def _seen(self, request: Request) -> Seen:
        image_id = request.path_params["image_id"]
        seen = self.follower.state.get(image_id)
        if seen is None and image_id in self._others:
            seen = Seen(row=self._others[image_id], change=0)
        source = self.dlq_messages.source(image_id) if seen is None else None
        if source is not None and askable(source):
            rows = self.stack.ledger.of_images([(source.bucket, source.key, image_id)])
            seen = Seen(row=rows[image_id], change=0) if image_id in rows else None
        if seen is None:
            raise Missing("no such image among the newest: pipeline status KEY knows every one")
        return seen


def create(console: Console, hosts: Collection[str], key: str | None = None) -> Starlette:
    """The application.

    Args:
        console: what its routes need.
        hosts: what it is called, as the header Host says it; it answers to nothing else.
        key: that its address must have had; None for none.
    """

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with console.follower.running():
            try:
                yield
            finally:
                await run_sync(console.jobs.close)
                await run_sync(console.batch_uploads.end_all)

    return Starlette(
        routes=console.routes(),
        middleware=[Middleware(Guard, hosts=hosts, key=key)],
        exception_handlers={
            Missing: _answering(404),
            Refused: _answering(400),
            CommandError: _answering(409),
            BotoCoreError: _answering(502),
            ClientError: _answering(502),
        },
        lifespan=lifespan,
    )


def _answering(status: int) -> Any:  # noqa: ANN401 - Starlette's own type of handlers is wider than one error
    def handler(_: Request, error: Exception) -> Response:
        text = str(error).encode("utf-8", "replace").decode()
        return PlainTextResponse(text, status_code=status)

    return handler


def _webp(data: bytes) -> Response:
    headers = {"content-security-policy": PICTURES_MAY, "cache-control": "private, max-age=3600"}
    return Response(data, media_type="image/webp", headers=headers)


def _picture(picture: BrowserFile, key: str) -> Response:
    """A file with what a browser may take it for; what is not a picture that we know is saved, never shown."""
    name = key.rpartition("/")[2].encode("utf-8", "replace").decode()
    how = "attachment" if picture.content_type == ANYTHING else "inline"
    return Response(
        picture.data,
        media_type=picture.content_type,
        headers={
            "content-security-policy": PICTURES_MAY,
            "content-disposition": f"{how}; filename*=UTF-8''{quote(name, safe='')}",
            "x-source-format": picture.form,
            "x-preview": "yes" if picture.preview else "no",
        },
    )
