"""The contestants that take part, and those that cannot."""

import sys

import pytest

from bench import contestants, environments
from bench.contestants import AGAINST, FLOOR, OURS, SHARP
from bench.environments import CannotInstall
from ops.settings import ALLOCATOR


@pytest.fixture
def nobody_is_installed(monkeypatch, tmp_path):
    """Where every installer would find its contestant there already."""
    monkeypatch.setattr(contestants, "python_of", lambda lock: tmp_path / lock)
    monkeypatch.setattr(contestants, "sharp_command", lambda script: ("node", str(tmp_path / script.name)))


def test_a_machine_without_node_measures_the_others(nobody_is_installed, monkeypatch, capsys):
    monkeypatch.setattr(contestants, "sharp_command", environments.sharp_command)
    monkeypatch.setattr(environments.shutil, "which", lambda _: None)
    field = contestants.install()
    assert field.missing == {SHARP: "node and npm are not installed"}
    assert field.named(SHARP) is None
    assert field.named(OURS) is not None
    assert "sharp is skipped: node and npm are not installed" in capsys.readouterr().err


def test_an_installer_s_last_word_is_the_reason():
    with pytest.raises(CannotInstall, match="failed: no space left"):
        environments._run([sys.executable, "-c", "raise SystemExit('trying\\nno space left')"])


def test_an_environment_that_failed_does_not_count_as_ready(monkeypatch, tmp_path):
    def failing(command):
        raise CannotInstall(command[-1])

    for folder in ("BUILD", "ROOT", "LOCKS"):
        monkeypatch.setattr(environments, folder, tmp_path)
    monkeypatch.setattr(environments, "_run", failing)
    (tmp_path / "pyvips.txt").write_text("pyvips==3.0\n")
    for _ in range(2):
        with pytest.raises(CannotInstall):
            environments.python_of("pyvips")


def test_names_are_distinguished(nobody_is_installed):
    names = [each.name for each in contestants.install().contestants]
    assert len(names) == len(set(names))
    assert {OURS, FLOOR} <= set(names)


def test_the_others_run_as_they_come(nobody_is_installed):
    tuned = [each.name for each in contestants.install().contestants if each.environment == ALLOCATOR]
    assert tuned == [OURS, contestants.OURS_BARE, contestants.SHARP_TUNED, FLOOR]


def test_another_build_runs_in_its_own_environment(nobody_is_installed, tmp_path):
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    (tmp_path / "ops").mkdir()
    (tmp_path / "ops" / "settings.py").write_text('ALLOCATOR = {"MALLOC_ARENA_MAX": "7"}\n')
    other = contestants.install(tmp_path).named(AGAINST)
    assert other.command[0] == str(python)
    assert other.root == tmp_path.resolve()
    assert other.environment == {"MALLOC_ARENA_MAX": "7"}


def test_another_build_without_allocator_settings_is_skipped(nobody_is_installed, tmp_path):
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    (tmp_path / "ops").mkdir()
    (tmp_path / "ops" / "settings.py").touch()
    assert "no allocator settings: ImportError" in contestants.install(tmp_path).missing[AGAINST]


def test_another_build_without_an_environment_is_skipped(nobody_is_installed, tmp_path):
    assert contestants.install(tmp_path).missing == {AGAINST: f"{tmp_path.name} has no .venv; run make setup there"}


def test_no_other_build_takes_part_by_default(nobody_is_installed):
    assert contestants.install().named(AGAINST) is None
