"""SQS redrives the messages of a dead-letter queue, which the emulator lacks.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/
sqs-configure-dead-letter-queue-redrive.html: a message that is moved gets a new id, and is enqueued at that time.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/troubleshooting-dlq-redrive.html: what was
sent to the dead-letter queue with SendMessage ends a task that names no destination: CouldNotDetermineMessageSource.
"""

import asyncio
import json
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Final

from ministack.core.responses import AccountRegionScopedDict  # type: ignore[import-not-found]
from ministack.services import sqs  # type: ignore[import-not-found]  # in the emulator's environment

from ._inside import Function, wrap

# As all of this module, for one version of the emulator: `wrap` lets no other start.
_Refused: Final = sqs._Err  # noqa: SLF001
_queue_by_arn: Final = sqs._queue_by_arn  # noqa: SLF001
_queues: Final = sqs._queues  # noqa: SLF001

Task = dict[str, Any]

# Of AWS; and how long a task waits between two moves, in seconds.
_MAX_RATE: Final = 500
_MAX_RESULTS: Final = 10
_TICK_SECONDS: Final = 0.1

# What ListMessageMoveTasks leaves out of a task that does not run any more.
_HANDLE: Final = "TaskHandle"

_tasks = AccountRegionScopedDict()
_running: set[asyncio.Task[None]] = set()


def apply() -> None:
    """Answer the three requests; pass all others to the emulator."""
    wrap(sqs, "_dispatch", "action data qurl", _dispatching)


def _dispatching(dispatch: Function) -> Function:
    answers: Mapping[str, Callable[[Mapping[str, Any]], object]] = {
        "StartMessageMoveTask": _start,
        "ListMessageMoveTasks": _list,
        "CancelMessageMoveTask": _cancel,
    }

    async def dispatching(action: str, data: Mapping[str, Any], qurl: str) -> object:
        answer = answers.get(action)
        return await dispatch(action, data, qurl) if answer is None else answer(data)

    return dispatching


def _start(request: Mapping[str, Any]) -> object:
    source = _queue(request.get("SourceArn", ""))
    arn = source["attributes"]["QueueArn"]
    policies = (json.loads(each["attributes"].get("RedrivePolicy") or "{}") for each in _queues.values())
    if arn not in {policy.get("deadLetterTargetArn") for policy in policies}:
        raise _Refused("InvalidParameterValue", "Source queue must be configured as a Dead Letter Queue.")
    rate = request.get("MaxNumberOfMessagesPerSecond")
    if rate is not None and not 1 <= int(rate) <= _MAX_RATE:
        raise _Refused("InvalidParameterValue", f"MaxNumberOfMessagesPerSecond must be from 1 to {_MAX_RATE}.")
    if any(task["SourceArn"] == arn and task["Status"] == "RUNNING" for task in _tasks.values()):
        raise _Refused("UnsupportedOperation", "There is already a task running.")
    destination = request.get("DestinationArn")
    if destination is not None:
        _queue(destination)
    task: Task = {
        _HANDLE: str(uuid.uuid4()),
        "Status": "RUNNING",
        "SourceArn": arn,
        "ApproximateNumberOfMessagesMoved": 0,
        "ApproximateNumberOfMessagesToMove": len(source["messages"]),
        "StartedTimestamp": int(time.time() * 1000),
    }
    task |= {name: request[name] for name in ("DestinationArn", "MaxNumberOfMessagesPerSecond") if request.get(name)}
    _tasks[task[_HANDLE]] = task
    # Held here, since the event loop holds its tasks weakly; the account and the region are in the context.
    moving = asyncio.get_running_loop().create_task(_move(source, task))
    _running.add(moving)
    moving.add_done_callback(_running.discard)
    return {_HANDLE: task[_HANDLE]}


def _list(request: Mapping[str, Any]) -> object:
    arn = _queue(request.get("SourceArn", ""))["attributes"]["QueueArn"]
    most = min(int(request.get("MaxResults") or 1), _MAX_RESULTS)
    found = [task for task in reversed(list(_tasks.values())) if task["SourceArn"] == arn][:most]
    return {
        "Results": [
            {name: value for name, value in task.items() if name != _HANDLE or task["Status"] == "RUNNING"}
            for task in found
        ]
    }


def _cancel(request: Mapping[str, Any]) -> object:
    task = _tasks.get(request.get(_HANDLE, ""))
    if task is None or task["Status"] != "RUNNING":
        raise _Refused("ResourceNotFoundException", "Task does not exist.")
    task["Status"] = "CANCELLED"
    return {"ApproximateNumberOfMessagesMoved": task["ApproximateNumberOfMessagesMoved"]}


async def _move(source: Mapping[str, Any], task: Task) -> None:
    """Move the messages of the start, at the task's rate, until it completes, fails or is cancelled."""
    left = task["ApproximateNumberOfMessagesToMove"]
    a_tick = _TICK_SECONDS * int(task.get("MaxNumberOfMessagesPerSecond", left / _TICK_SECONDS))
    due = 0.0
    while task["Status"] == "RUNNING":
        due += a_tick
        now = time.time()
        free = [each for each in source["messages"] if each["visible_at"] <= now]
        for message in free[: min(int(due), left)]:
            arn = task.get("DestinationArn") or message.get("sys", {}).get("DeadLetterQueueSourceArn")
            queue = arn and _queue_by_arn(arn)
            if not queue:
                gone = "AWS.SimpleQueueService.NonExistentQueue"
                task |= {"Status": "FAILED", "FailureReason": gone if arn else "CouldNotDetermineMessageSource"}
                return
            source["messages"].remove(message)
            queue["messages"].append(_as_new(message, now))
            task["ApproximateNumberOfMessagesMoved"] += 1
            due, left = due - 1, left - 1
        if not left or len(free) <= due:  # what others hold is not waited for
            task["Status"] = "COMPLETED"
        sqs.esm_wake.set()
        await asyncio.sleep(_TICK_SECONDS)


def _as_new(message: Mapping[str, Any], now: float) -> dict[str, Any]:
    own = {name: value for name, value in message["sys"].items() if name != "DeadLetterQueueSourceArn"}
    return {
        **message,
        "id": str(uuid.uuid4()),
        "sent_at": now,
        "visible_at": now,
        "receive_count": 0,
        "first_receive_at": None,
        "receipt_handle": None,
        "sys": {**own, "SentTimestamp": str(int(now * 1000))},
    }


def _queue(arn: str) -> Any:  # noqa: ANN401 - the emulator's
    found = _queue_by_arn(arn)
    if found is None:
        raise _Refused(
            "ResourceNotFoundException", "The resource that you specified for the ARN parameter doesn't exist."
        )
    return found
