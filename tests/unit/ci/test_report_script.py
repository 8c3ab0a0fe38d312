"""comment.sh and issue.sh: one comment, one issue, whatever was reported before."""

import pytest

FILE = "<!-- terraform-plan -->\n### Terraform\n"


@pytest.fixture
def reported(step):
    """A step with a file to report, and a GitHub that says nothing."""
    step.fake("gh")
    (step.folder / "notified.md").write_text(FILE, encoding="utf-8")
    return step


def flag(said, name):
    """What follows a flag in a command."""
    return said[said.index(name) + 1]


def test_the_first_plan_of_a_pull_request_is_a_new_comment(reported):
    assert reported.run("comment.sh", "7", "notified.md").returncode == 0
    _, written = reported.asked("gh")
    assert flag(written, "--method") == "POST"
    assert "repos/octo/images/issues/7/comments" in written
    assert flag(written, "--field") == "body=@notified.md"


def test_the_next_plan_is_said_in_the_comment_that_is_there(reported):
    reported.answer("--paginate", stdout="41\n42\n")
    assert reported.run("comment.sh", "7", "notified.md").returncode == 0
    _, written = reported.asked("gh")
    assert flag(written, "--method") == "PATCH"
    assert "repos/octo/images/issues/comments/41" in written


def test_only_a_comment_of_the_workflow_with_its_mark_is_written_over(reported):
    reported.run("comment.sh", "7", "notified.md")
    wanted = flag(reported.asked("gh")[0], "--jq")
    assert 'select(.user.login == "github-actions[bot]"' in wanted
    assert "startswith(env.MARK)" in wanted


def test_a_comment_that_cannot_be_looked_for_fails_the_step(reported):
    reported.answer("--paginate", status=1)
    assert reported.run("comment.sh", "7", "notified.md").returncode != 0
    assert len(reported.asked("gh")) == 1


def test_drift_opens_an_issue_with_its_label(reported):
    assert reported.run("issue.sh", "notified.md").returncode == 0
    assert [said[:2] for said in reported.asked("gh")] == [["issue", "list"], ["label", "create"], ["issue", "create"]]
    made = reported.asked("gh")[-1]
    assert (flag(made, "--label"), flag(made, "--body-file")) == ("drift", "notified.md")


def test_drift_that_is_still_there_is_said_in_the_issue_that_is_open(reported):
    reported.answer("list", stdout="12\n")
    assert reported.run("issue.sh", "notified.md").returncode == 0
    _, edited = reported.asked("gh")
    assert edited[:3] == ["issue", "edit", "12"]
    assert flag(edited, "--body-file") == "notified.md"


def test_an_issue_is_closed_once_there_is_no_drift(reported):
    reported.answer("list", stdout="12\n")
    assert reported.run("issue.sh", RUN="https://example.com/run").returncode == 0
    _, closed = reported.asked("gh")
    assert closed[:3] == ["issue", "close", "12"]
    assert flag(closed, "--comment").endswith("https://example.com/run")


def test_no_drift_and_no_issue_is_nothing_to_report(reported):
    assert reported.run("issue.sh").returncode == 0
    assert [said[:2] for said in reported.asked("gh")] == [["issue", "list"]]


def test_only_open_issues_with_the_label_are_looked_for(reported):
    reported.run("issue.sh")
    (said,) = reported.asked("gh")
    assert (flag(said, "--label"), flag(said, "--state")) == ("drift", "open")
