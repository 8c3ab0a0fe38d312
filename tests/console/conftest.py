"""One local AWS, one console and one real browser for all tests of the page."""

import os
import shutil
import signal
import subprocess
import sys

import pytest
import tiers
from playwright.sync_api import expect, sync_playwright

from ops.local import stack
from ops.settings import ROOT

# Debian's, Ubuntu's, or Google's own.
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

PATIENCE_MS = 90_000
expect.set_options(timeout=PATIENCE_MS)


def _missing():
    return "no Chromium here; make browser installs it" if CHROMIUM is None else tiers.no_local_aws()


def pytest_collection_modifyitems(items):
    tiers.mark(items, "console", pytest.mark.browser, _missing)


@pytest.fixture(scope="session")
def local():
    with stack.running() as running:
        yield running


@pytest.fixture(scope="session")
def start_console(local, tmp_path_factory):
    """Start a console that shows the local AWS, as a person does; its process and its address."""
    processes = []

    def starting(port=0, started=("-m", "ops.console")):
        mails = tmp_path_factory.mktemp("mails")
        process = subprocess.Popen(
            [sys.executable, *started, "--port", str(port), "--mails", str(mails)],
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | local.emulator.environment() | {"PYTHONPATH": str(ROOT)},
            cwd=tmp_path_factory.mktemp("console"),
            # A shell's background job ignores Ctrl-C, and so would what it starts.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509 - no threads yet
        )
        processes.append(process)
        return process, process.stdout.readline().strip()

    yield starting
    for process in processes:
        process.terminate()
        process.wait(120)
        process.stdout.close()


@pytest.fixture(scope="session")
def address(start_console):
    return start_console()[1]


# Of a module, and not of the session: while Playwright runs, no other test can run an event loop of its own.
@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser, address):
    """Open the console in a page of its own; whatever its policy refuses, or a script breaks on, fails the test."""
    contexts, wrong = [], []

    def opening(path="", at=address, **options):
        context = browser.new_context(**{"viewport": {"width": 1200, "height": 900}} | options)
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        context.grant_permissions(["clipboard-read", "clipboard-write"], origin=at.rstrip("/"))
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on(
            "console",
            lambda reported: wrong.append(reported.text) if "Content Security Policy" in reported.text else None,
        )
        page.on("dialog", lambda dialog: wrong.append(f"a dialog: {dialog.message}"))
        page.goto(at + path)
        return page

    yield opening
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.fixture
def page(open_page):
    return open_page()
