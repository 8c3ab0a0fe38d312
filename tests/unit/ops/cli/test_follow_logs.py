"""`pipeline logs --follow` prints every line once, and names what it cannot read."""

from datetime import UTC, datetime
from types import SimpleNamespace

from ops.cli.commands import logs
from ops.errors import Exit
from ops.images.log_lines import Line


def line(image_id):
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return Line(at=at, service="resize", level="INFO", message="passed on", fields={}, image_id=image_id, key="a.jpg")


class Trail:
    """Two versions that log the same in one millisecond, looked at twice."""

    key = "a.jpg"
    missing = ("/aws/lambda/x-store",)
    rows = ()
    looks = 0

    @property
    def ended(self):
        return False

    def look(self):
        self.looks += 1
        return [line("one"), line("two")]


def test_two_versions_that_log_the_same_at_once_are_two_lines(capsys, monkeypatch):
    trail = Trail()
    moments = iter([0.0, 1.0, 9.0])
    clock = SimpleNamespace(monotonic=lambda: next(moments), wait=lambda _: None)
    monkeypatch.setattr(logs, "SYSTEM", clock)
    assert logs._follow(trail, 5, SimpleNamespace(json=False)) == Exit.TIMED_OUT
    out, err = capsys.readouterr()
    assert (trail.looks, out.count("passed on"), err.count("no log group /aws/lambda/x-store")) == (2, 2, 1)


def test_a_key_can_be_pasted_from_the_note_of_a_time_out(capsys, monkeypatch):
    trail = Trail()
    trail.key = "-holiday photos/a.jpg"
    moments = iter([0.0, 9.0])
    monkeypatch.setattr(logs, "SYSTEM", SimpleNamespace(monotonic=lambda: next(moments), wait=lambda _: None))
    logs._follow(trail, 5, SimpleNamespace(json=True))
    assert capsys.readouterr().err.endswith("See: pipeline status -- '-holiday photos/a.jpg'\n")
