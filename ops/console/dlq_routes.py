"""The console's routes of dead-letter queues: what is in them, and what is replayed or purged from the page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from anyio.to_thread import run_sync
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from ops.console.dlq_filter import Filter
from ops.console.dlq_jobs import Job, Jobs
from ops.console.dlq_messages import DlqMessages
from ops.console.objects import Missing
from ops.console.pages import Pages
from ops.console.state import MAX_ROWS, State
from ops.dlq.archive import line, record
from ops.dlq.run import Name
from ops.dlq.selection import Selection
from ops.errors import CommandError, Exit
from ops.names import SERVICES

_NAMES: Mapping[str, Name] = {"replay": "replay", "purge": "purge"}
# Of one form: the messages or images that a page shows, each a field, and some more.
_MAX_FIELDS = 2 * MAX_ROWS


@dataclass(frozen=True, kw_only=True)
class DlqRoutes:
    """Everything that these routes need.

    Args:
        messages: of the stack.
        jobs: at work on them.
        state: of the images that the page shows.
        pages: write what is shown.
    """

    messages: DlqMessages
    jobs: Jobs
    state: State
    pages: Pages

    def routes(self) -> list[Route]:
        """By path; what changes something is POST, which the guard takes from the console's own pages alone."""
        return [
            Route("/dlq", self.entries),
            Route("/dlq/command", self.command),
            Route("/dlq/export", self.export),
            Route("/dlq/jobs", self.start, methods=["POST"]),
            Route("/dlq/jobs/{job_id}", self.job),
            Route("/dlq/jobs/{job_id}/confirm", self.confirm, methods=["POST"]),
            Route("/dlq/jobs/{job_id}/stop", self.stop, methods=["POST"]),
        ]

    def entries(self, request: Request) -> Response:
        """The DLQ messages that a filter takes."""
        chosen = Filter.of(request.query_params)
        shown = self.messages.read(chosen)
        html = self.pages.write(
            "dlq_messages.html",
            shown=shown,
            chosen=chosen,
            now=datetime.now(UTC),
            # A page that was opened meanwhile shows how far it is, and can stop it.
            job=self.jobs.running if shown.busy else None,
            groups=[],
        )
        return HTMLResponse(html)

    def command(self, request: Request) -> Response:
        """What a person would type to send the selected messages back; with none, to count those of the filter."""
        values = request.query_params
        ids, options = values.getlist("id"), Filter.of(values).options()
        if "all" in values or not ids:
            return PlainTextResponse(self.pages.commands.dlq("replay" if "all" in values else "ls", options))
        return PlainTextResponse(self.pages.commands.replay(ids, force="force" in values))

    def export(self, request: Request) -> Response:
        """The DLQ messages that a filter takes, as a file."""
        text = "".join(line(record(entry)) for entry in self.messages.export(Filter.of(request.query_params)))
        return PlainTextResponse(text, headers={"content-disposition": 'attachment; filename="dlq-messages.jsonl"'})

    async def start(self, request: Request) -> Response:
        """Replay or purge messages; what is purged, and all of a filter, is counted first."""
        async with request.form(max_files=0, max_fields=_MAX_FIELDS) as form:
            name = _NAMES.get(str(form.get("do")))
            selection, limit = self._selection(form)
            force, every = "force" in form, "all" in form
        if name is None:
            raise CommandError("there is nothing to do of this name: it must be replay or purge", Exit.USAGE)
        apply = name == "replay" and not every
        return await run_sync(lambda: self._shown(self.jobs.start(name, selection, limit, force=force, apply=apply)))

    def job(self, request: Request) -> Response:
        """How far a job came."""
        return self._shown(self._job(request))

    def confirm(self, request: Request) -> Response:
        """Do what was counted."""
        return self._shown(self.jobs.confirm(self._job(request)))

    def stop(self, request: Request) -> Response:
        """Stop a job, or discard what is to be confirmed."""
        job = self._job(request)
        job.stop.set()
        if job.phase == "to confirm":
            job.phase = "ended"
            return HTMLResponse("")
        return self._shown(job)

    def _selection(self, form: FormData) -> tuple[Selection, int | None]:
        """The messages that a form names, and how many they are; None where nobody knows."""
        ids, images = ([str(value) for value in form.getlist(name)] for name in ("id", "image"))
        if "all" in form:
            return Filter.of({name: str(value) for name, value in form.items()}).selection(), None
        if ids:
            entries = [self.messages.entry(each) for each in ids]
            known = {entry.service for entry in entries if entry is not None}
            # Another page may have read others since: then any queue may have the rest.
            services = SERVICES if None in entries else _ordered(known)
            return Selection(services=services, message_ids=frozenset(ids)), len(ids)
        if images:
            known = {seen.row.service for seen in map(self.state.get, images) if seen is not None}
            return Selection(services=_ordered(known), images=frozenset(images)), None
        raise CommandError("no messages are selected", Exit.USAGE)

    def _job(self, request: Request) -> Job:
        job = self.jobs.get(request.path_params["job_id"])
        if job is None:
            raise Missing("no such replay or purge: the console was started again since. Read the messages again.")
        return job

    def _shown(self, job: Job) -> Response:
        headers = {"hx-trigger": "dlq-changed"} if job.phase == "ended" and job.apply else {}
        # Written once it is done: while it is at work, its report changes.
        groups = [] if job.phase == "running" else list(job.run.report.groups)
        return HTMLResponse(self.pages.write("dlq_job.html", job=job, groups=groups), headers=headers)


def _ordered(services: set[str]) -> tuple[str, ...]:
    """Services in their order; all of them where none is known."""
    return tuple(service for service in SERVICES if service in services) or SERVICES
