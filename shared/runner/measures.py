"""What a service counts of its images, as metrics."""

from collections.abc import Sequence

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit

from shared.errors import AccessDenied
from shared.runner.results import Result


def measure(namespace: str, service: str, results: Sequence[Result], *, retried: int, failed: int) -> None:
    """Write the metrics of some results to the log, from where CloudWatch takes them.

    Args:
        namespace: of the metrics.
        service: that they are of.
        results: what came of some images.
        retried: messages that come back.
        failed: messages that the dead-letter queue took.
    """
    metrics = Metrics(namespace=namespace, service=service)
    done = [result for result in results if result.error is None and result.source is not None]
    metrics.add_metric(name="ImagesDone", unit=MetricUnit.Count, value=len(done))
    metrics.add_metric(name="ImagesFailed", unit=MetricUnit.Count, value=failed)
    metrics.add_metric(name="MessagesRetried", unit=MetricUnit.Count, value=retried)
    own_output = sum(result.own_output for result in done)
    if own_output:
        # Where outputs go in a circle, most uploads come to be outputs. Where they do not, the metric costs
        # nothing.
        metrics.add_metric(name="OutputsReturned", unit=MetricUnit.Count, value=own_output)
    denied = sum(isinstance(result.error, AccessDenied) for result in results)
    if denied:
        metrics.add_metric(name="AccessDenied", unit=MetricUnit.Count, value=denied)
    for result in done:
        metrics.add_metric(name="ServiceSeconds", unit=MetricUnit.Seconds, value=result.seconds)
    metrics.flush_metrics()
