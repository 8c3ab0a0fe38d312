"""Settings of pipeline.yaml about a service's function and queue."""

from typing import Final, Literal

from ops.schema.fields import Group, number, setting
from shared.runner.attempts import REPORTING_RECEIVES

# Lambda's longest for a function that it runs itself. AWS's model has 5,400 as the greatest value, for managed
# instances; 5.100 of Terraform's provider refuses more than 900. tests/unit/ops/test_settings.py reads AWS's words.
MAX_TIMEOUT_SECONDS: Final = 900


class Pollers(Group):
    """Pollers of a queue that Lambda keeps ready: provisioned mode."""

    # https://docs.aws.amazon.com/lambda/latest/api/API_ProvisionedPollerConfig.html
    # Lambda takes up to 10,000; Terraform's provider 5.100 up to 2,000.
    minimum: int = number(2, 2, 200, "Pollers that are always ready, each $6.75 a month.", unit="pollers")
    maximum: int = number(
        200,
        2,
        2000,
        "Pollers that a backlog may use. Each invokes up to 10 functions at once, and takes up to 1 MB/s.",
        unit="pollers",
    )


class Service(Group):
    """A service's function and queue."""

    architecture: Literal["arm64", "x86_64"] = setting(
        "arm64",
        "Processor of the function. On x86_64 resize has vector instructions, and Lambda charges a quarter more for a"
        " second.",
    )
    runtime: Literal["python3.13", "python3.14"] = setting(
        "python3.13",
        "Python of the function, at the same price. python3.14 needs version 6.20 or newer of Terraform's AWS provider:"
        " 5.100 refuses it.",
    )
    memory_mb: int = number(1769, 128, 10_240, "Memory of the function; 1769 is one full vCPU.", unit="MiB")
    timeout_seconds: int = number(60, 5, MAX_TIMEOUT_SECONDS, "Time that a function has for a batch.", unit="s")
    batch_size: int = number(10, 1, 10, "Messages that a function gets at once.", unit="messages")
    batching_window_seconds: int = number(0, 0, 300, "Time to wait for a full batch.", unit="s")
    maximum_concurrency: int = number(10, 2, 1000, "Batches that are processed at once.", unit="batches")
    pollers: Pollers | None = setting(
        None,
        "Provisioned mode of the queue's mapping, for a backlog that must be taken up within seconds. It excludes"
        " maximum_concurrency. null: Lambda polls as it does by default, at no cost besides SQS requests.",
    )
    # AWS asks for five at least, since throttled polls use some up.
    max_receive_count: int = number(
        10,
        REPORTING_RECEIVES + 1,
        1000,
        "Receives of a message until SQS moves it to the DLQ. The last"
        f" {REPORTING_RECEIVES} are kept to report a function that died.",
        unit="receives",
    )


class Store(Service):
    """The service store, which holds no pixels."""

    memory_mb: int = number(512, 128, 10_240, "Memory of the function.", unit="MiB")
    timeout_seconds: int = number(30, 5, MAX_TIMEOUT_SECONDS, "Time that a function has for a batch.", unit="s")
