"""What every AWS resource of a pipeline is called, derived from its name, its account and its region."""

from dataclasses import dataclass
from typing import Final

from shared.buckets import OWN, Buckets

SERVICES: Final = ("resize", "watermark", "store")
# The service that follows each, and the upload.
NEXT: Final = dict(zip(("uploaded", *SERVICES), SERVICES, strict=False))


@dataclass(frozen=True, kw_only=True)
class Names:
    """The names of one pipeline's resources.

    Args:
        name: `name` of pipeline.yaml.
        account: the AWS account, 12 digits.
        region: such as "eu-west-1".
        buckets: those that exist already, and prefixes.
    """

    name: str
    account: str
    region: str
    buckets: Buckets = OWN

    @property
    def partition(self) -> str:
        """The partition of the region, as every ARN states it.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
        """
        prefixes = {"cn-": "aws-cn", "us-gov-": "aws-us-gov", "eusc-": "aws-eusc"}
        return next((name for prefix, name in prefixes.items() if self.region.startswith(prefix)), "aws")

    @property
    def input_bucket(self) -> str:
        """Where people upload images."""
        return self.buckets.input.name or self._bucket("input")

    @property
    def work_bucket(self) -> str:
        """Where pixels lie between two services."""
        return self._bucket("work")

    @property
    def output_bucket(self) -> str:
        """Where renditions end."""
        return self.buckets.output.name or self._bucket("output")

    @property
    def state_bucket(self) -> str:
        """Where Terraform keeps its state, if it does so on S3."""
        return self._bucket("state")

    @property
    def own_buckets(self) -> tuple[str, ...]:
        """The buckets that the pipeline makes and removes: those that exist already are not among them."""
        given = {"input": self.buckets.input, "output": self.buckets.output}
        return tuple(
            self._bucket(each) for each in ("input", "work", "output") if each not in given or not given[each].name
        )

    @property
    def rule(self) -> str:
        """The EventBridge rule that sends uploads to the first queue, if there is one."""
        return f"{self.name}-uploads"

    @property
    def rule_arn(self) -> str:
        """The ARN of that rule."""
        return f"arn:{self.partition}:events:{self.region}:{self.account}:rule/{self.rule}"

    @property
    def topic(self) -> str:
        """The SNS topic of completion and failure notices."""
        return f"{self.name}-notices"

    @property
    def ledger(self) -> str:
        """The DynamoDB table with a row an image."""
        return f"{self.name}-ledger"

    @property
    def mailbox(self) -> str:
        """The queue that takes the place of an e-mail address on the local AWS."""
        return f"{self.name}-mailbox"

    def queue(self, service: str) -> str:
        """The SQS queue that feeds a service."""
        return f"{self.name}-{service}"

    def dlq(self, service: str) -> str:
        """The dead-letter queue of a service."""
        return f"{self.name}-{service}-dlq"

    def function(self, service: str) -> str:
        """The Lambda function of a service; its role and log group carry the same name."""
        return f"{self.name}-{service}"

    def queue_arn(self, queue: str) -> str:
        """The ARN of a queue by its name."""
        return f"arn:{self.partition}:sqs:{self.region}:{self.account}:{queue}"

    def bucket_arn(self, bucket: str) -> str:
        """The ARN of a bucket by its name."""
        return f"arn:{self.partition}:s3:::{bucket}"

    @property
    def topic_arn(self) -> str:
        """The ARN of the notices' topic."""
        return f"arn:{self.partition}:sns:{self.region}:{self.account}:{self.topic}"

    @property
    def ledger_arn(self) -> str:
        """The ARN of the ledger's table."""
        return f"arn:{self.partition}:dynamodb:{self.region}:{self.account}:table/{self.ledger}"

    def _bucket(self, purpose: str) -> str:
        # Bucket names are global on AWS: account and region keep two pipelines of one name apart.
        return f"{self.name}-{purpose}-{self.account}-{self.region}"
