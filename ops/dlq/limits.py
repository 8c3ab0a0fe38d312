"""The defaults and limits of `pipeline dlq`, apart from what they need to run: its help names them."""

from typing import Final

# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html
VISIBILITY_TIMEOUT_SECONDS: Final = 300
MIN_VISIBILITY_TIMEOUT_SECONDS: Final = 5
MAX_VISIBILITY_TIMEOUT_SECONDS: Final = 43_200

# A message that came back so often will come back again.
MAX_REPLAYS: Final = 3

# Messages a second.
RATE: Final = 50.0

# Requests at a time, of one command; ops/aws/session.py lets as many connections be open.
CONCURRENCY: Final = 32

# Messages of a standard queue that are received and neither deleted nor given back:
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
MAX_IN_FLIGHT: Final = 120_000
