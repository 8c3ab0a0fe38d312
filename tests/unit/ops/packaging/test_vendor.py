"""The third-party packages of a service."""

import zipfile

import pytest

from ops.errors import CommandError
from ops.packaging import vendor
from ops.packaging.bytecode import host_compiler


def put(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("A = 1\n" if name.endswith(".py") else "", encoding="utf-8")


def left(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_what_differs_from_run_to_run_goes_and_licences_stay(tmp_path):
    info = "thing-1.0.dist-info"
    put(
        tmp_path,
        *(f"{info}/{name}" for name in ("RECORD", "INSTALLER", "direct_url.json", "uv_cache.json", "REQUESTED")),
    )
    put(tmp_path, f"{info}/METADATA", f"{info}/licenses/LICENSE", "thing/RECORD", ".lock")
    vendor.strip(tmp_path)
    assert left(tmp_path) == [f"{info}/METADATA", f"{info}/licenses/LICENSE", "thing/RECORD"]


def test_what_no_function_reads_goes(tmp_path):
    put(tmp_path, "bin/thing", "thing/__init__.py", "thing/bin/data.txt", "thing/tests/test_a.py", "thing/a.pyi")
    put(tmp_path, "thing/__pycache__/a.cpython-311.pyc", "thing/fast.pyx", "thing/testsuite.py", "thing/a.so")
    vendor.strip(tmp_path)
    assert left(tmp_path) == ["thing/__init__.py", "thing/a.so", "thing/bin/data.txt", "thing/testsuite.py"]


def test_plugins_for_other_formats_go(tmp_path):
    put(
        tmp_path, "PIL/EpsImagePlugin.py", "PIL/JpegImagePlugin.py", "PIL/ImageTk.py", "PIL/Image.py", "PIL/_imaging.so"
    )
    put(tmp_path, "PIL/_imagingtk.cpython-313-aarch64-linux-gnu.so", "other/EpsImagePlugin.py")
    vendor.strip(tmp_path)
    assert left(tmp_path) == ["PIL/Image.py", "PIL/JpegImagePlugin.py", "PIL/_imaging.so", "other/EpsImagePlugin.py"]


@pytest.fixture
def root(tmp_path):
    (tmp_path / "services" / "store").mkdir(parents=True)
    (tmp_path / "services" / "store" / "requirements.txt").write_text("thing==1.0 --hash=sha256:00\n")
    return tmp_path


@pytest.fixture
def installs(monkeypatch):
    """Counts installs, and installs two files."""
    made = []

    def install(requirements, folder, target, platform):
        made.append(target if target == "host" else platform)
        put(folder, "thing/__init__.py", "thing-1.0.dist-info/RECORD", "thing-1.0.dist-info/METADATA")

    monkeypatch.setattr(vendor, "_install", install)
    return made


def test_the_packages_are_installed_once_for_each_lock_file_and_target(root, installs):
    first = vendor.archive("store", "host", None, root)
    assert vendor.archive("store", "host", None, root) == first
    vendor.archive("store", "lambda", None, root)
    assert installs == ["host", vendor.Platform("arm64", "python3.13")]
    (root / "services" / "store" / "requirements.txt").write_text("thing==1.1 --hash=sha256:00\n")
    assert vendor.archive("store", "host", None, root) != first
    assert installs == ["host", vendor.DEFAULT, "host"]
    assert not first.exists()  # nobody asks for it any more
    assert len(list((root / "build" / ".cache").iterdir())) == 2


def test_another_compiler_makes_other_packages(root, installs):
    plain = vendor.archive("store", "host", None, root)
    compiled = vendor.archive("store", "host", host_compiler(), root)
    assert plain != compiled
    with zipfile.ZipFile(compiled) as archive:
        assert host_compiler().name("thing/__init__.py") in archive.namelist()


def test_an_interrupted_install_leaves_nothing_behind(root, monkeypatch):
    def broken(requirements, folder, target, platform):
        put(folder, "thing/__init__.py")
        raise KeyboardInterrupt

    monkeypatch.setattr(vendor, "_install", broken)
    with pytest.raises(KeyboardInterrupt):
        vendor.archive("store", "host", None, root)
    assert list((root / "build" / ".cache").iterdir()) == []


@pytest.mark.parametrize("without_uv", ["", "1"], ids=["uv", "pip"])
def test_packages_that_are_not_to_be_had_are_reported_with_their_lock_file(root, monkeypatch, without_uv, capsys):
    monkeypatch.setenv("USE_PIP", without_uv)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("UV_NO_INDEX", "1")
    with pytest.raises(CommandError, match=r"store/requirements\.txt cannot be installed for lambda"):
        vendor.archive("store", "lambda", None, root)
    said = capsys.readouterr().err
    assert len(said.splitlines()) > 1
    assert "\\n" not in said


@pytest.mark.parametrize(
    ("target", "architecture", "machines"),
    [("host", "arm64", set()), ("lambda", "arm64", {"aarch64"}), ("lambda", "x86_64", {"x86_64"})],
)
@pytest.mark.parametrize("uv", ["/somewhere/uv", None], ids=["uv", "pip"])
def test_hashes_and_wheels_are_always_asked_for(root, monkeypatch, uv, target, architecture, machines):  # noqa: PLR0917
    reported = []

    class Done:
        returncode = 0

    monkeypatch.setattr(vendor, "_uv", lambda: uv)
    monkeypatch.setattr(vendor.subprocess, "run", lambda command, **_: reported.append(command) or Done())
    platform = vendor.Platform(architecture, "python3.14")
    vendor._install([root / "services" / "store" / "requirements.txt"], root / "out", target, platform)
    (command,) = reported
    assert {"--require-hashes", "--no-deps", "--only-binary", "--no-build-isolation"} <= set(command)
    # The one package without a wheel is built with what is installed here: nothing is fetched for that.
    assert command[command.index("--no-binary") + 1] == "pyvips"
    assert {name for name in ("aarch64", "x86_64") if any(name in word for word in command)} == machines
    assert ("3.14" in command) == (target == "lambda")
    assert not any("://" in word or "index" in word for word in command)


def test_pip_gets_the_requirements_of_the_function_s_processor_and_python_alone():
    locked = (
        "a==1 \\\n    --hash=sha256:00\n    # via b\n"
        'c==2 ; platform_machine == "x86_64" \\\n    --hash=sha256:11\n'
        'd==3 ; sys_platform == "win32" \\\n    --hash=sha256:22\n'
        'e==4 ; python_full_version < "3.14" \\\n    --hash=sha256:33\n'
    )
    assert vendor._applying(locked, "aarch64", "3.14") == "a==1 \\\n    --hash=sha256:00\n    # via b"
    assert "c==2" in vendor._applying(locked, "x86_64", "3.14")
    assert "d==3" not in vendor._applying(locked, "x86_64", "3.14")
    assert "e==4" in vendor._applying(locked, "aarch64", "3.13")


@pytest.mark.parametrize("other", [vendor.Platform("x86_64"), vendor.Platform("arm64", "python3.14")])
def test_another_platform_makes_other_packages_and_each_is_kept(root, installs, other):
    """A release has zips for several, one after the other."""
    for _ in range(2):
        arm = vendor.archive("store", "lambda", None, root)
        assert vendor.archive("store", "lambda", None, root, other) != arm
    assert installs == [vendor.DEFAULT, other]


def test_the_encoder_of_an_extra_is_a_choice_and_has_packages_of_its_own(root, installs):
    (root / "services" / "store" / "requirements-jxl.txt").write_text("thing==1.0\nother==1.0\n")
    plain = vendor.archive("store", "host", None, root)
    chosen = vendor.archive("store", "host", None, root, locks=["requirements-jxl.txt"])
    assert chosen.name.startswith("store-jxl-host-")
    assert installs == ["host", "host"]
    # Neither removes the other from the cache.
    assert (plain.is_file(), chosen.is_file()) == (True, True)
    assert vendor.archive("store", "host", None, root) == plain


def test_only_the_services_that_decode_and_encode_have_the_codec_of_an_extra():
    for service in ("resize", "watermark"):
        locks = [vendor.locks_of(service, extras) for extras in ((), ("jxl",), ("jxl", "avif10"))]
        assert locks == [
            ("requirements.txt",),
            ("requirements-jxl.txt",),
            ("requirements-avif10.txt", "requirements-jxl.txt"),
        ]
    assert vendor.locks_of("store", ("jxl",)) == ("requirements.txt",)


def test_two_extras_have_one_zip_of_packages(root, installs):
    for extra in ("jxl", "avif10"):
        (root / "services" / "store" / f"requirements-{extra}.txt").write_text(f"thing==1.0\n{extra}==1.0\n")
    both = vendor.archive("store", "host", None, root, locks=vendor.locks_of("resize", ("jxl", "avif10")))
    assert both.name.startswith("store-avif10-jxl-host-")
    assert installs == ["host"]
