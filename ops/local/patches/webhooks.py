"""SNS posts complete messages to http(s) endpoints, and asks an unconfirmed one again that subscribes again.

https://docs.aws.amazon.com/sns/latest/dg/http-header.html: each post says the message, the topic and the subscription.
https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html: ReturnSubscriptionArn gives the ARN before the
confirmation too. https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptionsByTopic.html: until then a list does
not have it.

The signature stays made up: libraries that check it ask amazonaws.com for the certificate.
"""

import asyncio
import base64
import json
import os
import ssl
import urllib.request
import uuid
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from ministack.services import sns  # type: ignore[import-not-found]  # in the emulator's environment

from ._inside import Function, wrap

_PENDING: Final = "pending confirmation"
_TIMEOUT_SECONDS: Final = 5
_AGENT: Final = "Amazon Simple Notification Service Agent"

Subscription = dict[str, Any]


def apply() -> None:
    """Post as SNS does, and describe unconfirmed subscriptions as SNS does."""
    wrap(sns, "_http_post_sync", "endpoint payload sns_message_type", _posting)
    wrap(sns, "_subscribe", "params", _subscribing)
    for name in ("_list_subscriptions", "_list_subscriptions_by_topic"):
        wrap(sns, name, "params", _listing)


def _subscriptions(topic_arn: str) -> list[Subscription]:
    """The emulator's own."""
    found: list[Subscription] = (sns._topic_by_arn_any_scope(topic_arn) or {}).get("subscriptions", [])  # noqa: SLF001
    return found


def _posting(_: Function) -> Function:
    def posting(endpoint: str, payload: str, sns_message_type: str) -> int:
        headers = {
            "Content-Type": "text/plain; charset=UTF-8",
            "User-Agent": _AGENT,
            "x-amz-sns-message-type": sns_message_type,
        }
        message = _json(payload)
        topic_arn = message.get("TopicArn", "")
        arn = next((each["arn"] for each in _subscriptions(topic_arn) if each["endpoint"] == endpoint), "")
        if message.get("Type") == sns_message_type:
            headers |= {"x-amz-sns-message-id": message["MessageId"], "x-amz-sns-topic-arn": topic_arn}
            payload = json.dumps({**message, **_links(message, arn)})
        else:
            headers |= {"x-amz-sns-message-id": str(uuid.uuid4()), "x-amz-sns-rawdelivery": "true"}
        if sns_message_type == "Notification" and arn:
            headers["x-amz-sns-subscription-arn"] = arn
        url, authorization = _without_credentials(endpoint)
        request = urllib.request.Request(  # noqa: S310 - the subscriber's own
            url, data=payload.encode(), headers=headers | authorization, method="POST"
        )
        # Trusts what this machine trusts; SSL_CERT_FILE names other certificates.
        trust = ssl.create_default_context()
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS, context=trust) as answer:  # noqa: S310
            status: int = answer.status
            return status

    return posting


def _links(message: Mapping[str, str], arn: str) -> dict[str, str]:
    """The links of a message, with the address of this emulator."""
    # As the emulator writes its own.
    scheme = "https" if os.environ.get("USE_SSL") else "http"
    here = f"{scheme}://{sns._HOST}:{sns._PORT}/?Action="  # noqa: SLF001
    if "Token" in message:
        topic, token = quote(message["TopicArn"]), message["Token"]
        return {"SubscribeURL": f"{here}ConfirmSubscription&TopicArn={topic}&Token={token}"}
    return {"UnsubscribeURL": f"{here}Unsubscribe&SubscriptionArn={quote(arn)}"}


def _without_credentials(endpoint: str) -> tuple[str, dict[str, str]]:
    """A URL without its user name and password, and the header that contains them."""
    parts = urlsplit(endpoint)
    if parts.username is None:
        return endpoint, {}
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    where = parts._replace(netloc=parts.netloc.rpartition("@")[2])
    return urlunsplit(where), {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


def _json(text: str) -> dict[str, Any]:
    """Parse a JSON object; empty if the text is not one, such as a raw message."""
    try:
        message = json.loads(text)
    except ValueError:
        return {}
    return message if isinstance(message, dict) else {}


_asking: set["asyncio.Task[None]"] = set()


def _subscribing(subscribe: Function) -> Function:
    def subscribing(params: Mapping[str, Any]) -> Any:  # noqa: ANN401 - the emulator's answers
        topic_arn, endpoint = (sns._p(params, name) for name in ("TopicArn", "Endpoint"))  # noqa: SLF001
        protocol = sns._p(params, "Protocol")  # noqa: SLF001
        before = _pending(topic_arn, protocol, endpoint)
        status, headers, body = subscribe(params)
        pending = _pending(topic_arn, protocol, endpoint)
        if pending is None:
            return status, headers, body
        if before is not None:
            task = asyncio.ensure_future(sns._send_subscription_confirmation(topic_arn, pending))  # noqa: SLF001
            _asking.add(task)  # the loop itself keeps no task alive
            task.add_done_callback(_asking.discard)
        wanted = sns._p(params, "ReturnSubscriptionArn") == "true"  # noqa: SLF001
        there, instead = (_PENDING, pending["arn"]) if wanted else (pending["arn"], _PENDING)
        return status, headers, body.replace(there.encode(), instead.encode())

    return subscribing


def _pending(topic_arn: str, protocol: str, endpoint: str) -> Subscription | None:
    """The unconfirmed subscription of an endpoint."""
    return next(
        (each for each in _unconfirmed(topic_arn) if (each["protocol"], each["endpoint"]) == (protocol, endpoint)), None
    )


def _unconfirmed(topic_arn: str) -> Iterator[Subscription]:
    return (each for each in _subscriptions(topic_arn) if not each["confirmed"])


def _listing(lists: Function) -> Function:
    def listing(params: Mapping[str, Any]) -> Any:  # noqa: ANN401 - as above
        status, headers, body = lists(params)
        requested = sns._p(params, "TopicArn")  # noqa: SLF001
        for topic_arn in [requested] if requested else list(sns._topics):  # noqa: SLF001
            for each in _unconfirmed(topic_arn):
                body = body.replace(f">{each['arn']}<".encode(), b">PendingConfirmation<")
        return status, headers, body

    return listing
