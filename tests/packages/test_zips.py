"""The zips are complete, reproducible, and contain nothing that the service does not need."""

import dataclasses
import functools
import os
import re
import shutil
import struct
import subprocess
import sys
import zipfile

import pytest
from kit import zip_proof
from kit.pictures import animation, gradient, saved
from kit.zip_scripts import AARCH64, OPEN, WRITE, run_alone

from ops import settings as pipeline_settings
from ops.names import SERVICES
from ops.packaging import package, sources
from ops.packaging.bytecode import lambda_compiler
from ops.release.native_libraries import libraries
from ops.settings import ROOT
from services.watermark.encoding.files import CONTENT_TYPES
from shared.choices import EXTRAS

TARGETS = ("host", "lambda")
IMAGING = ("resize", "watermark")

# Imports of modules that are missing, by their importers, and why they never run, or may fail.
NEVER_MADE = {
    "PIL.ImageQt": "Image.toqimage and the like, for Qt windows",
    "PIL.ImageShow": "Image.show, for screens",
    "pillow_jxl": "imported for a JPEG XL alone, which needs `extras: [jxl]`",
    "cykooz_resizer": "has no wheel for Lambda's arm64, where Pillow takes its place",
    "aws_lambda_powertools.event_handler.openapi": "behind `is_pydantic(data)`; no zip holds Pydantic",
    "aws_lambda_powertools.utilities.parser": 'behind `"pydantic" in sys.modules`',
}

_X86_64 = 62


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A zip by (service, target), built once."""
    folder = tmp_path_factory.mktemp("zips")

    @functools.cache
    def get(service, target):
        return package.build(service, target=target, out_dir=folder / target)

    return get


@pytest.fixture(scope="module")
def unpacked(built, tmp_path_factory):
    """A zip's folder by (service, target), unpacked once."""

    @functools.cache
    def get(service, target):
        folder = tmp_path_factory.mktemp(f"{service}-{target}") / "task"
        return zip_proof.unpacked(built(service, target).path, folder)

    return get


def names(path):
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


each_zip = pytest.mark.parametrize(
    ("service", "target"), [(service, target) for service in SERVICES for target in TARGETS]
)


@pytest.mark.parametrize("service", SERVICES)
def test_a_zip_runs_with_nothing_but_the_sdk_beside_it(service, built, tmp_path):
    imported = zip_proof.prove_complete(built(service, "host").path, service, tmp_path)
    assert imported.pillow == (service in IMAGING)


def test_an_incomplete_zip_is_detected(built, tmp_path):
    shutil.copy(built("store", "host").path, tmp_path / "whole.zip")
    with zipfile.ZipFile(tmp_path / "whole.zip") as whole, zipfile.ZipFile(tmp_path / "part.zip", "w") as part:
        for name in whole.namelist():
            if "shared/wire" not in name and "shared/__pycache__/wire" not in name:
                part.writestr(name, whole.read(name))
    with pytest.raises(AssertionError, match=r"wire"):
        zip_proof.prove_complete(tmp_path / "part.zip", "store", tmp_path / "there")


@each_zip
def test_every_import_of_our_own_code_resolves(service, target, unpacked):
    nowhere = set(zip_proof.nowhere(unpacked(service, target), service))
    of_another_processor = "services/resize/convolution.py: cykooz_resizer"
    of_a_decoder = "services/resize/formats/jxl_decoder.py: pillow_jxl"
    of_an_encoder = "services/watermark/encoding/jxl.py: pillow_jxl"
    of_ten_bits = "shared/libvips.py: pyvips"
    assert nowhere == {
        ("resize", "lambda"): {of_another_processor, of_a_decoder, of_ten_bits},
        ("resize", "host"): {of_a_decoder, of_ten_bits},
        ("watermark", "lambda"): {of_an_encoder, of_ten_bits},
        ("watermark", "host"): {of_an_encoder, of_ten_bits},
    }.get((service, target), set())


@each_zip
def test_no_removed_module_is_ever_imported(service, target, unpacked):
    task = unpacked(service, target)
    doors = zip_proof.DOORS if service in IMAGING else ()
    missing = set(zip_proof.missing(task, [f"services.{service}.handler", *doors]))
    assert {name for name in missing if not name.startswith(tuple(NEVER_MADE))} == set()


@pytest.mark.parametrize("service", SERVICES)
def test_a_lambda_zip_s_native_code_is_for_its_processor_and_python(service, unpacked):
    task = unpacked(service, "lambda")
    native = [path for path in task.rglob("*") if re.search(r"\.so(\.|$)", path.name)]
    assert bool(native) == (service in IMAGING)
    for path in native:
        header = path.read_bytes()[:20]
        assert header.startswith(b"\x7fELF\x02"), path
        assert struct.unpack_from("<H", header, 18) == (AARCH64,), path
        assert ".libs" in path.parent.name or ".cpython-313-aarch64-" in path.name or ".abi3." in path.name, path


def test_a_zip_for_x86_64_and_a_newer_python_has_vector_instructions(tmp_path):
    settings = pipeline_settings.load()
    resize = dataclasses.replace(settings.services["resize"], architecture="x86_64", runtime="python3.14")
    settings = dataclasses.replace(settings, services={**settings.services, "resize": resize})
    path = package.build("resize", target="lambda", out_dir=tmp_path, settings=settings).path
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    native = {name: data for name, data in files.items() if re.search(r"\.so(\.|$)", name)}
    assert {struct.unpack_from("<H", data, 18)[0] for data in native.values()} == {_X86_64}
    assert all(re.search(r"\.libs/|\.cpython-314-x86_64-|\.abi3\.", name) for name in native), native.keys()
    assert any(".cpython-314-" in name for name in native)
    assert "fast_image_resize" in {each.name for each in libraries(files)}
    assert sum(map(len, files.values())) < 40 * 2**20


@pytest.mark.skipif(lambda_compiler() is None, reason="no Python of Lambda's version here")
@pytest.mark.parametrize("service", SERVICES)
def test_a_lambda_zip_s_modules_import_on_lambda_s_python(service, unpacked, tmp_path):
    """All modules of store; of the others, those that need no native code, which is for another processor."""
    task = unpacked(service, "lambda")
    modules = [
        ".".join(path.relative_to(task).with_suffix("").parts)
        for path in [*task.glob("shared/**/*.py"), *task.glob(f"services/{service}/*.py")]
        if path.name != "__init__.py"
    ]
    pure = [name for name in modules if not any(each.startswith("PIL") for each in zip_proof.reached(task, [name]))]
    assert set(pure) >= {f"services.{service}.settings", "shared.runner.runner", "shared.aws.wiring"}
    last = f"services.{service}.handler"
    beside = zip_proof.sdk(tmp_path)
    ordered = sorted(pure, key=lambda name: name == last)
    imported = zip_proof.imported_alone(task, beside, ordered, python=lambda_compiler().python)
    assert not zip_proof.strangers(imported, task, beside)
    assert (last in imported.files) == (service == "store")


@each_zip
def test_a_zip_holds_its_service_and_no_other(service, target, built):
    ours = {
        name
        for name in names(built(service, target).path)
        if name.startswith(("services/", "shared/", "ops/", "tests/"))
    }
    wanted = {file.as_posix() for file in sources.files_of(service, pipeline_settings.load())}
    assert {name for name in ours if not name.endswith(".pyc")} == wanted | {"shared/release.txt"}
    assert {name.split("/")[1] for name in ours if name.count("/") > 1 and name.startswith("services/")} <= {
        service,
        "__pycache__",
    }
    assert f"services/{service}/handler.py" in ours
    assert ("shared/pixel_format.py" in ours) == (service in IMAGING)


@each_zip
def test_a_zip_holds_nothing_foreign(service, target, built):
    inside = names(built(service, target).path)
    tops = {name.partition("/")[0] for name in inside}
    assert not {
        top for top in tops if top.lower().startswith(("boto3", "botocore", "s3transfer", "urllib3", "bin", "tests"))
    }
    assert {"aws_lambda_powertools", "services", "shared"} <= tops
    assert ("PIL" in tops) == (service in IMAGING)
    assert ("pi_heif" in tops) == (service == "resize")
    assert not {top for top in tops if top.lower().startswith(("pillow_jxl", "packaging"))}
    foreign = re.compile(
        r"(^|/)(tests?|conftest\.py|RECORD|INSTALLER|REQUESTED|direct_url\.json|uv_cache\.json|requirements\.(in|txt)|README\.md)(/|$)"
        r"|\.(pyi|pyx|c|h|part)$|(^|/)\.|~$"
    )
    assert [name for name in inside if foreign.search(name)] == []
    assert len(inside) == len(set(inside))


@each_zip
def test_licences_are_beside_their_packages(service, target, built):
    inside = names(built(service, target).path)
    packages = {name.partition("/")[0] for name in inside if ".dist-info/" in name}
    unlicensed = {each for each in packages if not any(name.startswith(each) and "LICEN" in name for name in inside)}
    assert unlicensed == set()
    if service == "watermark":
        assert {"services/watermark/fonts/DejaVuSans.ttf", "services/watermark/fonts/LICENSE_DEJAVU"} <= set(inside)


@each_zip
def test_every_module_is_compiled_beside_itself(service, target, built):
    zip_built = built(service, target)
    inside = set(names(zip_built.path))
    tag = sys.implementation.cache_tag if target == "host" else "cpython-313"
    if not zip_built.compiled:
        assert target == "lambda"
        assert not [name for name in inside if name.endswith(".pyc")]
        return
    for name in (name for name in inside if name.endswith(".py")):
        folder, _, file = name.rpartition("/")
        assert f"{folder}/__pycache__/{file[:-3]}.{tag}.pyc".lstrip("/") in inside
    assert len([name for name in inside if name.endswith(".pyc")]) == len([n for n in inside if n.endswith(".py")])


def test_a_cold_start_compiles_nothing(unpacked, tmp_path):
    """Python reads only the .pyc files: sources that no longer compile do not matter."""
    task = tmp_path / "task"
    shutil.copytree(unpacked("store", "host"), task)
    for path in task.rglob("*.py"):
        path.write_text("this does not compile", encoding="utf-8")
    (tmp_path / "sdk").mkdir()
    zip_proof.imported_alone(task, zip_proof.sdk(tmp_path / "sdk"), ["services.store.handler"])


@pytest.mark.parametrize("service", SERVICES)
def test_bytecode_has_the_paths_of_lambda_and_none_of_this_machine(service, unpacked):
    task = unpacked(service, "host")
    for path in task.rglob("*.pyc"):
        data = path.read_bytes()
        module = path.parent.parent.relative_to(task) / path.name.partition(".")[0]
        assert f"/var/task/{module.as_posix()}.py".encode() in data, path
        assert not [word for word in (str(ROOT), sys.prefix, str(task)) if word.encode() in data], path


@pytest.mark.parametrize("target", TARGETS)
def test_the_same_sources_give_the_same_bytes_wherever_the_clone_is(target, built, tmp_path):
    """In another folder, installed again, in another process, with another umask and another hash seed."""
    clone = tmp_path / "a clone of another name"
    for name in ("services", "shared", "ops"):
        shutil.copytree(ROOT / name, clone / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pipeline.yaml", "pipeline.schema.json", "pyproject.toml"):
        shutil.copy(ROOT / name, clone)
    script = "import os, runpy, sys; os.umask(0o077); runpy.run_module('ops.packaging', run_name='__main__')"
    command = [sys.executable, "-c", script, "--target", target, "--out", str(tmp_path / "out"), "watermark"]
    done = subprocess.run(
        command,
        cwd=clone,
        env={**os.environ, "PYTHONHASHSEED": "11", "PYTHONPATH": str(clone)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert list(clone.glob(f"build/.cache/watermark-{target}-*.zip"))
    assert built("watermark", target).sha256 in done.stdout
    assert (tmp_path / "out" / "watermark.zip").read_bytes() == built("watermark", target).path.read_bytes()


SAMPLES = {
    "jpeg": lambda: saved(gradient(), "JPEG"),
    "cmyk.jpeg": lambda: saved(gradient().convert("CMYK"), "JPEG"),
    "mpo": lambda: saved(gradient(), "MPO", save_all=True, append_images=[gradient()]),
    "png": lambda: saved(gradient(mode="RGBA"), "PNG"),
    "apng": lambda: animation("PNG"),
    "gif": lambda: animation("GIF"),
    "webp": lambda: animation("WEBP"),
    "avif": lambda: saved(gradient(), "AVIF"),
    "lzw.tiff": lambda: saved(gradient(), "TIFF", compression="tiff_lzw"),
    "jpeg.tiff": lambda: saved(gradient(), "TIFF", compression="jpeg"),
    "bmp": lambda: saved(gradient(), "BMP"),
    "jp2": lambda: saved(gradient(), "JPEG2000"),
}


def test_resize_s_zip_opens_every_format(unpacked, tmp_path):
    for name, made in SAMPLES.items():
        (tmp_path / name).write_bytes(made())
    lines = run_alone(OPEN, unpacked("resize", "host"), tmp_path)
    assert sorted(line.partition(" ")[0] for line in lines) == sorted(SAMPLES)
    assert {line.rpartition(" ")[2] for line in lines} == {"1", "5"}


def test_watermark_s_zip_writes_every_format(unpacked):
    lines = run_alone(WRITE, unpacked("watermark", "host"), *(CONTENT_TYPES.keys() - EXTRAS))
    assert sorted(lines) == ["avif 1", "gif 2", "jpeg 1", "png 2", "webp 2"]


def test_without_the_extra_a_jpeg_xl_fails_by_name(unpacked):
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", WRITE, str(unpacked("watermark", "host")), "jxl"],
        capture_output=True,
        text=True,
        env={},
        check=False,
    )
    assert done.returncode != 0
    assert "EncoderMissing: format jxl needs an encoder that is not installed here" in done.stderr
