"""`make package`."""

import hashlib
import json
import os
import shutil
import zipfile

import pytest
from kit.pictures import gradient, saved

from ops import settings as pipeline_settings
from ops.cli.run import run
from ops.errors import CommandError, Exit
from ops.packaging import __main__ as command
from ops.packaging import package, vendor
from services.watermark.drawn_watermark import DrawnWatermark
from services.watermark.settings import Settings as WatermarkSettings
from shared.errors import BadSetting


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A repository whose store needs one package."""
    root = tmp_path / "repository"
    for name in ("services/__init__.py", "services/store/__init__.py"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    (root / "services" / "store" / "handler.py").write_text("def handler(event, context):\n    return {}\n")
    (root / "services" / "store" / "requirements.txt").write_text("thing==1.0\n")
    (root / "pipeline.yaml").write_text("name: a-pipeline\n")
    (root / "pyproject.toml").write_text('[project]\nversion = "1.2.3"\n')

    def install(requirements, folder, target, platform):
        (folder / "thing").mkdir(parents=True)
        (folder / "thing" / "__init__.py").write_text("A = 1\n")

    monkeypatch.setattr(vendor, "_install", install)
    return root


def test_a_zip_has_the_repository_s_paths_and_packages_at_its_top(root, tmp_path):
    built = package.build("store", target="host", out_dir=tmp_path / "out", root=root)
    assert built.path == tmp_path / "out" / "store.zip"
    with zipfile.ZipFile(built.path) as archive:
        modules = [name for name in archive.namelist() if name.endswith(".py")]
    assert modules == [
        "thing/__init__.py",
        "services/__init__.py",
        "services/store/__init__.py",
        "services/store/handler.py",
    ]
    data = built.path.read_bytes()
    assert (built.size_bytes, built.sha256) == (len(data), hashlib.sha256(data).hexdigest())


def test_a_zip_states_the_version_that_it_was_built_from(root, tmp_path):
    built = package.build("store", target="host", out_dir=tmp_path / "out", root=root)
    assert package.release_of(built.path) == "1.2.3"
    (root / "pyproject.toml").write_text('[project]\nversion = "1.2.4"\n')
    other = package.build("store", target="host", out_dir=tmp_path / "out", root=root)
    assert package.release_of(other.path) == "1.2.4"
    assert other.sha256 != built.sha256


def test_where_no_zip_is_or_none_of_ours_there_is_no_version(tmp_path):
    assert package.release_of(tmp_path / "store.zip") is None
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as other:
        other.writestr("a.txt", "a")
    assert package.release_of(tmp_path / "other.zip") is None


@pytest.fixture
def watermark(root):
    """The watermark service of that repository, with two pictures beside it."""
    shutil.copytree(root / "services" / "store", root / "services" / "watermark")
    (root / "marks").mkdir()
    for name in ("logo.png", "other.png"):
        (root / "marks" / name).write_bytes(saved(gradient((60, 40)), "PNG"))

    def build(out_dir, **mark):
        (root / "pipeline.yaml").write_text(json.dumps({"name": "a-pipeline", "watermark": mark}))
        return package.build("watermark", target="host", out_dir=out_dir, root=root)

    return build


def test_the_watermark_s_zip_holds_the_image_that_is_named_and_no_other(watermark, tmp_path):
    with zipfile.ZipFile(watermark(tmp_path, image="marks/logo.png").path) as archive:
        assert [name for name in archive.namelist() if name.startswith("marks")] == ["marks/logo.png"]
        archive.extractall(tmp_path / "function")
    # There it is found as the function looks for it.
    settings = WatermarkSettings.from_env({"WORK_BUCKET": "w", "WATERMARK": '{"image": "marks/logo.png"}'})
    assert DrawnWatermark(settings.watermark, root=tmp_path / "function").natural == (60, 40)
    with zipfile.ZipFile(watermark(tmp_path, text="a mark").path) as archive:
        assert [name for name in archive.namelist() if name.startswith("marks")] == []


@pytest.mark.parametrize(
    ("mark", "reported"),
    [
        ({"text": "写真"}, "DejaVuSans has no glyph for 写 (U+5199)"),
        (
            {"image": "marks/text.png"},
            "watermark.image is 'marks/text.png', which is not a picture that can be decoded",
        ),
    ],
)
def test_no_zip_is_built_with_a_mark_that_cannot_be_drawn(mark, reported, watermark, root, tmp_path):
    (root / "marks" / "text.png").write_text("no picture")
    with pytest.raises(BadSetting) as refused:
        watermark(tmp_path / "out", **mark)
    assert reported in str(refused.value)
    assert not list((tmp_path / "out").glob("*"))


def test_a_zip_can_be_read_by_whom_the_umask_lets(root, tmp_path):
    before = os.umask(0o022)
    try:
        built = package.build("store", target="host", out_dir=tmp_path / "out", root=root)
    finally:
        os.umask(before)
    assert oct(built.path.stat().st_mode & 0o777) == "0o644"
    assert [path.name for path in built.path.parent.iterdir()] == ["store.zip"]


def test_without_lambda_s_python_a_zip_has_no_bytecode(root, tmp_path, monkeypatch):
    monkeypatch.setattr(package, "lambda_compiler", lambda _: None)
    built = package.build("store", target="lambda", out_dir=tmp_path / "out", root=root)
    assert not built.compiled
    with zipfile.ZipFile(built.path) as archive:
        assert not [name for name in archive.namelist() if name.endswith(".pyc")]


def test_a_failed_build_leaves_the_last_zip_as_it_was(root, tmp_path, monkeypatch):
    built = package.build("store", target="host", out_dir=tmp_path / "out", root=root)
    (root / "services" / "store" / "handler.py").write_text("def")
    with pytest.raises(CommandError, match=r"services/store/handler\.py"):
        package.build("store", target="host", out_dir=tmp_path / "out", root=root)
    assert hashlib.sha256(built.path.read_bytes()).hexdigest() == built.sha256


def test_the_command_prints_path_size_and_hash_on_stdout(tmp_path, monkeypatch, capsys):
    packaged = package.Packaged(path=tmp_path / "store.zip", size_bytes=12_345, sha256="ab" * 32, compiled=True)
    monkeypatch.setattr(command, "build", lambda service, **_: packaged)
    assert run(command.package, ["store", "--out", str(tmp_path)], program="python -m ops.packaging") == Exit.DONE
    printed = capsys.readouterr()
    assert printed.out.splitlines()[1].split() == [os.path.relpath(packaged.path), "12,345", "ab" * 32]
    assert printed.err == ""


def test_a_wrong_setting_is_reported_in_one_line(root, tmp_path, monkeypatch, capsys):
    wrong = root / "pipeline.yaml"
    wrong.write_text("name: a-pipeline\nwatermark: {image: marks/none.png}\n")
    settings = pipeline_settings.load(wrong)
    build = package.build
    monkeypatch.setattr(command, "build", lambda service, **given: build(service, settings=settings, **given))
    assert run(command.package, ["watermark", "--out", str(tmp_path)], program="python -m ops.packaging") == Exit.USAGE
    reported = "packaging: watermark.image is 'marks/none.png'; it must be a file of this repository\n"
    assert capsys.readouterr().err == reported
