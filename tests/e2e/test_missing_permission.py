"""A role without one of its permissions: its service says which, and an image comes through once it is back."""

import json

import pytest
from kit.eventually import eventually
from kit.pictures import gradient, saved

from ops.local import policies


@pytest.mark.parametrize(
    ("service", "sid"),
    [
        ("resize", "WriteIntermediate"),
        ("watermark", "SendToTheNextService"),
        ("store", "WriteOutputs"),
        ("store", "NotifySubscribers"),
    ],
)
def test_a_permission_taken_away_is_missed_and_nothing_is_lost(local, upload_files, wait, service, sid):
    iam, role = local.client("iam"), local.names.function(service)
    whole = policies.role(service, local.names)
    less = {**whole, "Statement": [each for each in whole["Statement"] if each["Sid"] != sid]}
    assert len(less["Statement"]) == len(whole["Statement"]) - 1
    iam.put_role_policy(RoleName=role, PolicyName=role, PolicyDocument=json.dumps(less))
    try:
        uploaded = upload_files(**{"photo.png": saved(gradient(), "PNG")})
        image_id = uploaded[0].image_id

        def refused():
            lines = [
                line for line in local.function_logs(service).splitlines() if image_id in line and '"retrying"' in line
            ]
            return lines and json.loads(lines[-1])["reason"]

        assert {"AccessDenied", "AuthorizationError"} & set(eventually(refused).replace(":", " ").split())
    finally:
        iam.put_role_policy(RoleName=role, PolicyName=role, PolicyDocument=json.dumps(whole))
    (row,) = wait(uploaded)
    assert row.outcome == "stored"
