"""The metrics and fields that Terraform watches are those that the services report and log."""

import json
import re

import pytest
from kit.runners import Bench, message, passed_on
from kit.terraform import PLATFORM_RUN

from ops.costs import month
from ops.names import SERVICES
from shared.errors import AccessDenied, AwsUnavailable, UnsupportedImage
from shared.runner.steps import Emit

# Lambda's own fields, where a function logs in JSON.
# https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html#platform-report
PLATFORM_FIELDS = {
    *("@timestamp", "@log", "type"),
    *(f"record.metrics.{name}" for name in ("initDurationMs", "maxMemoryUsedMB")),
}
PLATFORM_TYPES = {"platform.report"}
PLACEHOLDERS = {"IMAGE_ID", "KEY"}
WORDS = {
    *("fields", "filter", "stats", "sort", "limit", "by", "as", "asc", "desc", "and", "or"),
    *("count", "latest", "max", "avg", "pct", "ispresent"),
}


@pytest.fixture
def reported(capsys, request):
    """What a service logs for images that are passed on, an output, and failures, retries and denied reads."""
    does = {
        "output": Emit(message=passed_on("output"), own_output=True),
        "failing": UnsupportedImage("the reason"),
        "retried": AwsUnavailable("503"),
        "denied": AccessDenied("AccessDenied reading it"),
    }
    # A named logger keeps the first stream that it saw: this name is used by this test only.
    Bench(does, name=request.node.name).run("image", *map(message, does))
    # Other tests of this process may have left a handler that repeats the bare messages.
    return [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]


@pytest.fixture
def watched(made):
    """The resources that watch, by address."""
    run = made[PLATFORM_RUN]
    return {
        address.removeprefix("module.watch."): values for address, values in run.items() if "module.watch." in address
    }


def dashboard(watched):
    """Each metric of the dashboard: namespace, name, dimension and its value."""
    widgets = json.loads(watched["aws_cloudwatch_dashboard.this"]["dashboard_body"])["widgets"]
    return [tuple(metric[:4]) for widget in widgets for metric in widget["properties"].get("metrics", [])]


def metrics_of(alarm):
    """The metrics of an alarm: those of its queries, or its own one."""
    if alarm["metric_name"] is not None:
        return [{name: alarm[name] for name in ("namespace", "metric_name", "dimensions")}]
    return [metric for query in alarm["metric_query"] for metric in query["metric"]]


def alarms(watched):
    """Each metric of the alarms: namespace, name, dimension and its value."""
    metrics = [metric for address, alarm in watched.items() if "alarm" in address for metric in metrics_of(alarm)]
    return [(each["namespace"], each["metric_name"], *next(iter(each["dimensions"].items()))) for each in metrics]


def test_watched_metrics_of_the_services_are_those_that_they_report(watched, reported, tested):
    settings, _ = tested
    (emf,) = [line for line in reported if "_aws" in line]
    (directive,) = emf["_aws"]["CloudWatchMetrics"]
    names = {metric["Name"] for metric in directive["Metrics"]}
    ours = {metric for metric in [*dashboard(watched), *alarms(watched)] if not metric[0].startswith("AWS/")}
    assert {namespace for namespace, *_ in ours} == {settings.name}
    assert {name for _, name, *_ in ours} == names
    assert [[dimension] for dimension in {dimension for _, _, dimension, _ in ours}] == directive["Dimensions"]
    assert {service for *_, service in ours} <= set(SERVICES)


def test_watched_metrics_of_aws_are_those_of_this_pipeline(watched, tested):
    _, names = tested
    theirs = {metric[2:] for metric in [*dashboard(watched), *alarms(watched)] if metric[0].startswith("AWS/")}
    assert theirs == {
        (dimension, name)
        for service in SERVICES
        for dimension, name in (
            ("QueueName", names.queue(service)),
            ("QueueName", names.dlq(service)),
            ("FunctionName", names.function(service)),
        )
    } | {("TopicName", names.topic)}


def test_the_estimate_of_costs_has_every_metric_of_an_alarm(made):
    counts = {
        run: sum(len(metrics_of(each)) for address, each in values.items() if "aws_cloudwatch_metric_alarm" in address)
        for run, values in made.items()
    }
    of_platform, of_service = counts[PLATFORM_RUN], counts["resize_is_deployed_alone"]
    assert of_platform + len(SERVICES) * of_service == month.ALARM_METRICS


def test_saved_queries_use_fields_that_the_functions_log(watched, reported):
    logged = {field for line in reported if "_aws" not in line for field in line}
    messages = {line["message"] for line in reported if "message" in line}
    queries = [values["query_string"] for address, values in watched.items() if "query_definition" in address]
    assert len(queries) == 5
    for query in queries:
        code = re.sub(r"#.*", "", query)
        literals = set(re.findall(r'"([^"]*)"', code))
        assert literals <= messages | PLATFORM_TYPES | PLACEHOLDERS, query
        named = re.findall(r"@?[A-Za-z_][\w.]*", re.sub(r'"[^"]*"', "", code))
        aliases = set(re.findall(r"\bas (\w+)", code))
        assert set(named) - WORDS - aliases <= logged | PLATFORM_FIELDS, query
