#!/bin/sh
# AWS CLI 1.45.11 sends SQS commands to AWS itself where AWS_ENDPOINT_URL, or AWS_ENDPOINT_URL_SQS, names another
# endpoint. It sends those of SNS, and of DynamoDB, to that endpoint.
#
# Expected: all commands go to the endpoint of AWS_ENDPOINT_URL, as the user guide of the AWS CLI 1 says ("Using
# endpoints": https://docs.aws.amazon.com/cli/v1/userguide/cli-configure-endpoints.html).
# Seen: `aws sqs` asks for queue.amazonaws.com. awscli/customizations/overridesslcommonname.py sets the old host name of
# SQS in each region where --endpoint-url is not given, and that counts for more than a variable. For a region that its
# list lacks (eu-central-2), the variable counts. https://github.com/aws/aws-cli/issues/8737 is open.
#
# Nothing leaves this machine: one server is both the endpoint and the proxy of HTTPS, and answers every request with
# an error. It notes which host the client asked for.
set -eu
cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check awscli==1.45.11
venv/bin/python - <<'PYTHON'
import os
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

seen = []


class Noting(BaseHTTPRequestHandler):
    def note(self):
        seen.append(self.path if self.command == "CONNECT" else "the endpoint")
        self.send_error(403)

    do_CONNECT = do_POST = do_GET = note

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Noting)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}"


def asked(words, region="us-east-1", variable="AWS_ENDPOINT_URL"):
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": os.getcwd(),
        "AWS_ACCESS_KEY_ID": "example",
        "AWS_SECRET_ACCESS_KEY": "example",
        "AWS_MAX_ATTEMPTS": "1",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "HTTPS_PROXY": url,
        "NO_PROXY": "127.0.0.1",
        variable: url,
    }
    seen.clear()
    command = ["venv/bin/python", "venv/bin/aws", *words.split()]
    subprocess.run(command, env=environment, capture_output=True, check=False, timeout=60)
    return seen[0]


print(subprocess.run(["venv/bin/aws", "--version"], capture_output=True, text=True, check=True).stdout.split()[0])
for words, region, variable, host in (
    ("sns list-topics", "us-east-1", "AWS_ENDPOINT_URL", "the endpoint"),
    ("dynamodb list-tables", "us-east-1", "AWS_ENDPOINT_URL", "the endpoint"),
    ("sqs list-queues", "us-east-1", "AWS_ENDPOINT_URL", "queue.amazonaws.com:443"),
    ("sqs list-queues", "us-east-1", "AWS_ENDPOINT_URL_SQS", "queue.amazonaws.com:443"),
    ("sqs list-queues", "eu-west-1", "AWS_ENDPOINT_URL", "eu-west-1.queue.amazonaws.com:443"),
    ("sqs list-queues", "eu-central-2", "AWS_ENDPOINT_URL", "the endpoint"),
    (f"sqs list-queues --endpoint-url {url}", "us-east-1", "AWS_ENDPOINT_URL", "the endpoint"),
):
    found = asked(words, region, variable)
    print(f"aws {words.replace(url, 'URL')} with {variable}, {region}: {found}")
    assert found == host, "the AWS CLI does otherwise now"
PYTHON
