"""live.sh, smoke.sh and rollback.sh: only what was made live is taken back, and only to where it was."""

import pytest

MISSING = "An error occurred (ResourceNotFoundException) when calling the GetAlias operation: Function not found"


@pytest.fixture
def deployed(step):
    """A step with a pipeline called photos, an aws and a make."""
    step.fake("aws", "make")
    (step.folder / "pipeline.yaml").write_text("# photos\nname: photos # ours\nlimits: {}\n", encoding="utf-8")
    return step


def test_the_live_version_is_asked_of_the_service_s_function(deployed):
    deployed.answer("get-alias", stdout="7\n")
    assert deployed.run("live.sh", "resize").stdout == "7\n"
    (said,) = deployed.asked("aws")
    assert said[:6] == ["lambda", "get-alias", "--function-name", "photos-resize", "--name", "live"]


def test_a_function_that_is_not_there_has_no_version(deployed):
    deployed.answer("get-alias", stderr=MISSING, status=254)
    ran = deployed.run("live.sh", "resize")
    assert (ran.returncode, ran.stdout) == (0, "none\n")


def test_a_version_that_cannot_be_asked_for_is_an_error_and_not_none(deployed):
    deployed.answer("get-alias", stderr="ExpiredTokenException", status=254)
    ran = deployed.run("live.sh", "resize")
    assert ran.returncode != 0
    assert ran.stdout == ""
    assert "ExpiredTokenException" in ran.stderr


def test_an_image_is_uploaded_once_all_services_are_there(deployed):
    deployed.answer("get-alias", stdout="7\n")
    assert deployed.run("smoke.sh").returncode == 0
    assert deployed.asked("make") == [["smoke"]]


def test_no_image_is_uploaded_into_half_a_pipeline(deployed):
    deployed.answer("photos-watermark", stderr=MISSING, status=254)
    deployed.answer("get-alias", stdout="7\n")
    ran = deployed.run("smoke.sh")
    assert ran.returncode == 0
    assert "watermark is not deployed yet" in ran.stdout
    assert deployed.asked("make") == []


def test_an_image_that_is_not_made_fails_the_step(deployed):
    deployed.answer("get-alias", stdout="7\n")
    deployed.answer("smoke", status=2)
    assert deployed.run("smoke.sh").returncode != 0


def test_a_service_goes_back_to_where_it_was(deployed):
    deployed.answer("get-alias", stdout="8\n", once=True)
    deployed.answer("get-alias", stdout="7\n")
    ran = deployed.run("rollback.sh", "resize", "7")
    assert ran.returncode == 0, ran.stderr
    assert deployed.asked("make") == [["rollback", "SERVICE=resize", "TO=7"]]
    assert "resize is at version 7 again" in ran.stdout


def test_a_service_that_never_moved_is_left_alone(deployed):
    deployed.answer("get-alias", stdout="7\n")
    assert deployed.run("rollback.sh", "resize", "7").returncode == 0
    assert deployed.asked("make") == []


def test_a_first_version_has_nothing_to_go_back_to(deployed):
    deployed.answer("get-alias", stdout="1\n")
    ran = deployed.run("rollback.sh", "resize", "none")
    assert ran.returncode == 0
    assert "Version 1 of resize is the first" in ran.stdout
    assert deployed.asked("make") == []


def test_going_back_elsewhere_than_to_the_version_before_is_an_error(deployed):
    deployed.answer("get-alias", stdout="8\n", once=True)
    deployed.answer("get-alias", stdout="6\n")
    ran = deployed.run("rollback.sh", "resize", "7")
    assert ran.returncode != 0
    assert "is at version 6; before the deploy it was at 7" in ran.stdout
