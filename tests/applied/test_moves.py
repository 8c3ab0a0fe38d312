"""States of the first roots, which had no module and no existing buckets, are taken over: nothing is made again."""

import json
import re

import pytest

from ops.deploy.roots import PLATFORM
from ops.deploy.terraform import Terraform

# The services' states are of one root, so one of them serves for all.
ROOTS = (PLATFORM, "store")
# What an address of today was called, from its beginning; the first that matches counts.
RENAMED = {
    "module.platform.module.input[0]": "module.input",
    "module.platform.module.output[0]": "module.output",
    "module.platform.module.input": "module.input",  # as dependencies name it
    "module.platform.module.output": "module.output",
    "module.platform.": "",
    "module.deployment.module.service": "module.stage",
}
# Of the platform's resources, each with a name and an index that it did not have.
UNCOUNTED = {("aws_s3_bucket_notification", "uploads"): "drops"}


def earlier(address):
    """An address as the first roots had it."""
    for today, then in RENAMED.items():
        if address.startswith(today):
            return then + address.removeprefix(today)
    return address


def earlier_state(state):
    """A state as the first roots would have written it, with a new serial."""
    resources = []
    for each in state["resources"]:
        module = earlier(f"{each['module']}.").rstrip(".") if "module" in each else ""
        renamed = {name: value for name, value in each.items() if name != "module"} | (
            {"module": module} if module else {}
        )
        instances = [
            {**instance, "dependencies": [earlier(on) for on in instance.get("dependencies", [])]}
            for instance in each["instances"]
        ]
        if (name := UNCOUNTED.get((each["type"], each["name"]))) is not None:
            renamed["name"] = name
            instances = [{key: value for key, value in one.items() if key != "index_key"} for one in instances]
        resources.append({**renamed, "instances": instances})
    return {**state, "serial": state["serial"] + 1, "resources": resources}


def addresses(state):
    """Where the resources of a state are."""
    return {(each.get("module", ""), each["type"], each["name"]) for each in state["resources"]}


@pytest.fixture
def of_the_first_roots(rehearsal):
    """The states as the first roots would have written them; how many resources each has."""
    account = rehearsal.account
    s3, bucket = account.client("s3"), account.names.state_bucket
    before = {}
    for root in ROOTS:
        state = json.loads(s3.get_object(Bucket=bucket, Key=f"{root}.tfstate")["Body"].read())
        then = earlier_state(state)
        assert not any("module.platform" in module or "module.deployment" in module for module, _, _ in addresses(then))
        s3.put_object(Bucket=bucket, Key=f"{root}.tfstate", Body=json.dumps(then).encode())
        before[root] = addresses(then)
    return before


def test_a_state_of_the_first_roots_is_taken_over(rehearsal, of_the_first_roots):
    assert ("module.input", "aws_s3_bucket", "this") in of_the_first_roots[PLATFORM]
    assert ("", "aws_s3_bucket_notification", "drops") in of_the_first_roots[PLATFORM]
    assert ("module.stage", "aws_lambda_function", "this") in of_the_first_roots["store"]
    rehearsal.delivery.plan(ROOTS)
    account, layout = rehearsal.account, rehearsal.delivery.layout
    for root in ROOTS:
        text = Terraform(root=root, layout=layout, settings=account.settings, names=account.names).planned()
        assert re.search(r"Plan: 0 to add, 0 to change, 0 to destroy", text), text
        assert "has moved to" in text
    rehearsal.delivery.deploy(ROOTS)
    assert rehearsal.delivery.plan(ROOTS) == dict.fromkeys(ROOTS, False)
