"""What of a pipeline is still in an account: nothing, once it is destroyed."""

from typing import Final

from ops.stack import Stack

# Service, operation, where the answer has the list, and where an entry has its name; None where it is the name.
_LISTS: Final = (
    ("s3", "list_buckets", "Buckets", "Name"),
    ("sqs", "list_queues", "QueueUrls", None),
    ("sns", "list_topics", "Topics", "TopicArn"),
    ("dynamodb", "list_tables", "TableNames", None),
    ("lambda", "list_functions", "Functions", "FunctionName"),
    ("lambda", "list_event_source_mappings", "EventSourceMappings", "EventSourceArn"),
    ("iam", "list_roles", "Roles", "RoleName"),
    ("logs", "describe_log_groups", "logGroups", "logGroupName"),
    ("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
    ("cloudwatch", "list_dashboards", "DashboardEntries", "DashboardName"),
    ("events", "list_rules", "Rules", "Name"),
    ("logs", "describe_query_definitions", "queryDefinitions", "name"),
)


def everything(stack: Stack) -> list[str]:
    """The names of what is there, of all kinds that Terraform makes, as far as they are the pipeline's."""
    found = []
    for service, operation, entries, name in _LISTS:
        client = stack.client(service)
        pages = (
            client.get_paginator(operation).paginate()
            if client.can_paginate(operation)
            else [getattr(client, operation)()]
        )
        names = [each if name is None else each[name] for page in pages for each in page.get(entries, [])]
        found += [f"{service} {each}" for each in names if stack.names.name in each]
    return found
