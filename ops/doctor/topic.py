"""Checks of the notifications' topic, its subscriptions, and the ledger."""

from collections.abc import Iterator
from typing import Final

from ops.doctor.findings import Check, Finding, exists, judge
from ops.doctor.live import Live


def topic(live: Live, _: str) -> Iterator[Finding]:
    """The topic exists."""
    yield exists(live, live.stack.names.topic, live.topic, live.stack.names.topic_arn)


def subscribers(live: Live, _: str) -> Iterator[Finding]:
    """Somebody is subscribed, and no subscription waits for its confirmation."""
    names = live.stack.names
    found = live.subscriptions(names.topic_arn)
    confirmed = [each for each in found if each["SubscriptionArn"].startswith("arn:")]
    pending = [each["Endpoint"] for each in found if each["SubscriptionArn"] == "PendingConfirmation"]
    yield judge(
        bool(confirmed),
        level="warning",
        where=names.topic,
        found=f"{len(confirmed)} confirmed",
        allowed="one or more, else nobody is notified",
        remedy=f"aws sns subscribe --topic-arn {names.topic_arn} --protocol email --notification-endpoint YOU@EXAMPLE",
    )
    for endpoint in pending:
        yield judge(
            good=False,
            level="warning",
            where=names.topic,
            found=f"{endpoint} has not confirmed",
            allowed="confirmed",
            remedy=f"{endpoint} confirms by the {_link(endpoint)}, within two days; subscribing again sends another",
        )


def _link(endpoint: str) -> str:
    posted = endpoint.startswith(("http://", "https://"))
    return "SubscribeURL that SNS posts to it" if posted else "link in AWS's mail"


def mails(live: Live, _: str) -> Iterator[Finding]:
    """E-mail subscriptions have a filter: SNS suspends an address that gets more than ten mails a second.

    https://docs.aws.amazon.com/sns/latest/dg/sns-email-notifications.html
    """
    names = live.stack.names
    found = live.subscriptions(names.topic_arn)
    addresses = [each for each in found if each["Protocol"] == "email" and each["SubscriptionArn"].startswith("arn:")]
    for each in addresses:
        narrowed = live.filter_policy(each["SubscriptionArn"]) != "{}"
        yield judge(
            narrowed,
            level="warning",
            where=each["Endpoint"],
            found="narrowed by a filter" if narrowed else "a mail for every image",
            allowed="a filter, or fewer than ten images a second: SNS suspends an address that gets more",
            remedy=f"aws sns set-subscription-attributes --subscription-arn {each['SubscriptionArn']}"
            ' --attribute-name FilterPolicy --attribute-value \'{"outcome": ["failed"]}\'',
        )


def ledger(live: Live, _: str) -> Iterator[Finding]:
    """The ledger's table exists."""
    yield exists(live, live.stack.names.ledger, live.table)


def ledger_keys(live: Live, _: str) -> Iterator[Finding]:
    """The ledger has the services' keys and on-demand capacity."""
    name = live.stack.names.ledger
    table = live.table(name)
    keys = [(each["AttributeName"], each["KeyType"]) for each in table["KeySchema"]]
    yield judge(
        keys == [("source", "HASH"), ("image_id", "RANGE")] and table.get("TableStatus", "ACTIVE") == "ACTIVE",
        where=name,
        found=f"{table.get('TableStatus')}, keys {' '.join(key for key, _ in keys)}",
        allowed="ACTIVE, keys source image_id",
        remedy=live.remake(),
    )
    mode = table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED")
    yield judge(
        mode == "PAY_PER_REQUEST",
        level="warning",
        where=name,
        found=mode,
        allowed="PAY_PER_REQUEST: what is provisioned throttles when many images come at once",
        remedy=f"aws dynamodb update-table --table-name {name} --billing-mode PAY_PER_REQUEST",
    )


CHECKS: Final = (
    Check(name="topic", run=topic),
    Check(name="subscribers", run=subscribers),
    Check(name="e-mail", run=mails),
    Check(name="ledger", run=ledger),
    Check(name="ledger's keys", run=ledger_keys),
)
