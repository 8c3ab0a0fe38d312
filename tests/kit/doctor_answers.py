"""A pipeline for `pipeline doctor` whose answers are made up."""

from dataclasses import dataclass

from ops import settings
from ops.doctor.live import Live
from ops.names import Names

NAMES = Names(name="image-pipeline", account="123456789012", region="eu-west-1")
QUEUE_ARN = NAMES.queue_arn(NAMES.queue("resize"))
FUNCTION_ARN = f"arn:aws:lambda:eu-west-1:123456789012:function:{NAMES.function('resize')}"


@dataclass
class FakeStack:
    names: Names = NAMES
    settings = settings.load()
    endpoint_url = None


class FakeLive(Live):
    """Answers by operation; a class of errors is raised."""

    def __init__(self, **answers):
        super().__init__(stack=FakeStack())
        self.answers = answers
        self.asked = []

    def ask(self, service, operation, **parameters):
        self.asked.append((operation, parameters))
        answer = self.answers[operation]
        if isinstance(answer, Exception):
            raise answer
        return answer


def levels(check, live, service="resize"):
    return [finding.level for finding in check(live, service)]
