"""The wheel on a clean machine: a virtual environment, a folder and a home that know nothing of the checkout."""

import os
import shlex
import shutil
import subprocess
import sys

import boto3
import pytest
from kit.pictures import gradient, saved
from PIL import Image

from ops.settings import ROOT

KEYS = ("access_key_id", "secret_access_key")
UV = (sys.executable, "-m", "uv")
LOCKS = ("requirements/dev.txt", "requirements/pyvips.txt", "requirements/uv.txt")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Built from a copy of what git knows: a checkout's build/ may have modules that are no more."""
    copy, out = tmp_path_factory.mktemp("copy"), tmp_path_factory.mktemp("dist")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).exists():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name, follow_symlinks=False)
    build = ["build", "--quiet", "--wheel", "--no-build-isolation", "--python", sys.executable, "--out-dir", out, copy]
    subprocess.run([*UV, *build], check=True)
    (made,) = out.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def install(wheel, tmp_path_factory):
    """Install the wheel with an extra, or none, in the versions of the locks; the `pipeline` of it."""

    def installing(extra=""):
        folder = tmp_path_factory.mktemp("installed") / "venv"
        subprocess.run([*UV, "venv", "-q", "--python", sys.executable, folder], check=True)
        locks = [word for lock in LOCKS for word in ("--constraint", ROOT / lock)]
        subprocess.run([*UV, "pip", "install", "-q", "--python", folder, *locks, f"{wheel}{extra}"], check=True)
        return folder / "bin" / "pipeline"

    return installing


@pytest.fixture(scope="module")
def plain(install):
    return install()


@pytest.fixture
def run(tmp_path):
    """Run a command as somebody with an empty home, and nothing of this process's environment."""

    def running(*words, check=True, **more):
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "LANG": "C.UTF-8", **more}
        # Where packages come from is the machine's own affair.
        environment |= {name: value for name, value in os.environ.items() if name.startswith(("UV_", "PIP_", "SSL_"))}
        environment |= {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")} | more
        return subprocess.run(
            [str(word) for word in words], cwd=tmp_path, env=environment, capture_output=True, text=True, check=check
        )

    return running


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "sea.jpg"
    path.write_bytes(saved(gradient((1600, 1200)), "JPEG"))
    return path


def test_its_version_is_that_of_the_repository(plain, run):
    version = run(plain, "--version").stdout.strip()
    assert f'version = "{version.removeprefix("pipeline ")}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_it_previews_with_the_settings_that_it_brings(plain, run, photo, tmp_path):
    run(plain, "preview", photo, "--out", "out", "--html")
    with Image.open(tmp_path / "out" / "sea-resized.jpg") as resized:
        assert resized.size == (1024, 768)
    assert "sea-thumb.jpg" in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")


def test_it_previews_with_the_settings_of_the_folder(plain, run, photo, tmp_path):
    small = "name: own\nrenditions: [{name: small, width: 64, height: 64}]\n"
    (tmp_path / "pipeline.yaml").write_text(small, encoding="utf-8")
    run(plain, "preview", photo, "--out", "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["sea-small.jpg"]


@pytest.fixture
def branded(tmp_path):
    """A folder whose pipeline.yaml covers each picture with the red logo beside it."""
    logo = "{image: brand/logo.png, opacity: 1, scale: 1, margin: 0, min_side_px: 1, position: middle-center}"
    (tmp_path / "pipeline.yaml").write_text(f"name: own\nwatermark: {logo}\n", encoding="utf-8")
    (tmp_path / "brand").mkdir()
    Image.new("RGB", (64, 48), "red").save(tmp_path / "brand" / "logo.png")


def where_is(aws):
    return {"endpoint_url": aws["AWS_ENDPOINT_URL"], "region_name": aws["AWS_REGION"]}


def is_red(path):
    with Image.open(path) as picture:
        red, green, blue = picture.convert("RGB").getpixel((picture.width // 2, picture.height // 2))
    return red > 240 and max(green, blue) < 15  # as JPEG has it


@pytest.mark.usefixtures("branded")
def test_the_image_of_a_watermark_is_of_the_folder_too(plain, run, photo, tmp_path):
    run(plain, "preview", photo, "--out", "out")
    assert is_red(tmp_path / "out" / "sea-resized.jpg")


def test_it_says_what_is_wrong_in_the_settings_of_the_folder(plain, run, photo, tmp_path):
    (tmp_path / "pipeline.yaml").write_text("name: own\nlimits: {pixels: 0}\n", encoding="utf-8")
    done = run(plain, "preview", photo, "--out", "out", check=False)
    assert (done.returncode, "limits.pixels is 0" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("words", "extra"), [(("local", "up"), "local"), (("console", "--endpoint-url", "x"), "console")]
)
def test_a_command_without_its_extra_names_it(plain, run, words, extra):
    done = run(plain, *words, check=False)
    assert done.returncode == 1
    assert f"image-pipeline[{extra}]" in done.stderr


@pytest.mark.usefixtures("branded")
def test_its_local_aws_comes_up_stores_an_image_and_keeps_it(install, run, photo, tmp_path):
    pipeline = install("[local]")
    try:
        lines = run(pipeline, "local", "up").stdout.splitlines()
        exported = dict(shlex.split(line)[1].split("=", 1) for line in lines)
        aws = {name: value for name, value in exported.items() if name != "PATH"}
        there = exported["PATH"].partition(":")[0]
        assert there.startswith(str(tmp_path))
        done = run(f"{there}/pipeline", "upload", photo, "--wait", **aws)
        assert "sea-resized.jpg sea-thumb.jpg" in done.stdout
        assert "pipeline local up" in run(pipeline, "local", "down").stderr
        aws = dict(shlex.split(line)[1].split("=", 1) for line in run(pipeline, "local", "up").stdout.splitlines())
        aws.pop("PATH")
        assert "stored" in run(pipeline, "status", "sea.jpg", **aws).stdout
        s3 = boto3.client("s3", **{f"aws_{name}": aws[f"AWS_{name.upper()}"] for name in KEYS}, **where_is(aws))
        s3.download_file("own-output-000000000000-us-east-1", "sea-resized.jpg", tmp_path / "stored.jpg")
        assert is_red(tmp_path / "stored.jpg")
    finally:
        run(pipeline, "local", "reset")
    assert not (tmp_path / ".local" / "state" / "image-pipeline" / ".local").exists()
