"""The ledger's table with its indexes and its expiry, as Terraform makes it on AWS."""

from typing import TYPE_CHECKING, Final

from shared import ledger_index as index

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

INDEXES: Final = tuple(index.PARTITIONS)

_KEY: Final = ("source", "image_id")


def create(client: "DynamoDBClient", name: str) -> None:
    """Make the table."""
    attributes = dict.fromkeys((*_KEY, index.UPLOADED_AT, *index.PARTITIONS.values()))
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[
            {"AttributeName": _KEY[0], "KeyType": "HASH"},
            {"AttributeName": _KEY[1], "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in attributes],
        GlobalSecondaryIndexes=[
            {
                "IndexName": each,
                "KeySchema": [
                    {"AttributeName": partition, "KeyType": "HASH"},
                    {"AttributeName": index.UPLOADED_AT, "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
            for each, partition in index.PARTITIONS.items()
        ],
    )
    client.update_time_to_live(
        TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": index.EXPIRES_AT}
    )
