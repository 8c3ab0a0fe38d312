#!/bin/sh
# pytest 9.1.1: an option of tests/conftest.py is unknown once its value, as a word of its own, is the name of a folder.
#
# Expected: `--tier quick` and `--tier terraform` are the same option with another value. Both forms of an option, with a
# space and with =, are the same to argparse, and `testpaths` says where the conftest.py is.
# Seen: before options are known, pytest takes each word that is an existing path for a path to test. So it looks for
# conftest.py there and not in testpaths, and the option is an unrecognized argument. `--tier=terraform` works. A suite
# that passed fails when somebody makes a folder.
set -eu
cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check pytest==9.1.1 2>/dev/null
venv/bin/python -m pytest --version
mkdir tests
printf 'def pytest_addoption(parser):\n    parser.addoption("--tier")\n' >tests/conftest.py
printf 'def test(request):\n    assert request.config.getoption("--tier") == "terraform"\n' >tests/test_tier.py
printf '[pytest]\ntestpaths = tests\n' >pytest.ini

run() { venv/bin/python -m pytest -q "$@" 2>&1 | tail -4; }

echo "without the folder:"; run --tier terraform | grep "1 passed"
mkdir terraform
echo "with it, and a space:"; run --tier terraform | grep "unrecognized arguments: --tier"
echo "with it, and =:"; run --tier=terraform | grep "1 passed"
echo "SEEN: an empty folder makes an option unknown"
