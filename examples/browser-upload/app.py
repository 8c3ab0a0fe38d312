"""A web app whose visitors upload images: it signs their uploads, and shows the outputs when they are notified of."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import boto3
from fastapi import Body, FastAPI, HTTPException, Request, Response
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles
from uploads import SIGNING, TYPES, Uploads, handle, receive

HERE = Path(__file__).parent
QUEUE_URL = os.environ["QUEUE_URL"]
# How long one request waits for a result, before the page asks again; and one receive for a message.
RESULT_SECONDS = 20
RECEIVE_SECONDS = 5

uploads = Uploads(
    s3=boto3.client("s3", config=SIGNING),
    input_bucket=os.environ["INPUT_BUCKET"],
    output_bucket=os.environ["OUTPUT_BUCKET"],
    max_bytes=int(os.environ.get("MAX_BYTES", "10000000")),
)
arrived = asyncio.Condition()


def origin(url: str) -> str:
    """Scheme, host and port of a URL, as a policy of a page names it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def page_policy() -> str:
    """What the page may load and where it may connect: this server, and S3.

    https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Content-Security-Policy
    """
    buckets = (uploads.input_bucket, uploads.output_bucket)
    to, of = (origin(uploads.s3.generate_presigned_url("head_bucket", Params={"Bucket": each})) for each in buckets)
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' {of}; connect-src 'self' {to};"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


HEADERS = {
    "Content-Security-Policy": page_policy(),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


async def consume() -> None:
    """Receive notifications until the app ends; a queue that cannot be reached is queried again."""
    sqs = boto3.client("sqs")
    while True:
        try:
            messages = await asyncio.to_thread(receive, sqs, QUEUE_URL, RECEIVE_SECONDS)
        except Exception as error:  # noqa: BLE001 - whatever it was, the next attempt may succeed
            print(f"cannot receive notifications: {error!r}", flush=True)
            await asyncio.sleep(RECEIVE_SECONDS)
            continue
        async with arrived:
            done = [each for each in messages if handle(each, uploads.take)]
            arrived.notify_all()
        for each in done:
            await asyncio.to_thread(sqs.delete_message, QueueUrl=QUEUE_URL, ReceiptHandle=each["ReceiptHandle"])


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    """Receive notifications while the app runs."""
    consumer = asyncio.create_task(consume())
    yield
    consumer.cancel()


app = FastAPI(lifespan=lifespan)


@app.middleware("http")
async def with_headers(request: Request, call_next: Any) -> Response:  # noqa: ANN401 - as FastAPI has it
    """Add the headers that every answer has."""
    answer: Response = await call_next(request)
    answer.headers.update(HEADERS)
    return answer


@app.get("/")
def index() -> FileResponse:
    """The page."""
    return FileResponse(HERE / "static" / "index.html")


@app.get("/rules")
def rules() -> dict[str, Any]:
    """What may be uploaded, for the page to check before it uploads. S3 checks it again."""
    return {"types": TYPES, "max_bytes": uploads.max_bytes}


@app.post("/uploads", status_code=201)
def sign(content_type: Annotated[str, Body(alias="type", embed=True)]) -> dict[str, Any]:
    """Sign one upload. Put your own login and a limit of requests before this."""
    if content_type not in TYPES:
        raise HTTPException(422, f"{content_type or 'an unknown type'} is not accepted; allowed: {', '.join(TYPES)}")
    return uploads.sign(content_type)


@app.get("/uploads/{identity}")
async def result(identity: str) -> dict[str, Any]:
    """What became of an upload; the answer waits for it, and says "waiting" after RESULT_SECONDS."""
    try:
        async with asyncio.timeout(RESULT_SECONDS), arrived:
            await arrived.wait_for(lambda: uploads.view(identity)["state"] != "waiting")
    except TimeoutError:
        pass
    except KeyError:
        raise HTTPException(404, "there is no such upload; this server may have been started again since") from None
    return uploads.view(identity)


app.mount("/static", StaticFiles(directory=HERE / "static"))
