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
from kit.hdr import hdr_avif
from kit.pictures import animation, gradient, saved

from ops import settings as pipeline_settings
from ops.names import SERVICES
from ops.packaging import package, sources, vendor
from ops.packaging.bytecode import lambda_compiler
from ops.release import __main__ as releasing
from ops.release.native_libraries import libraries
from ops.settings import ROOT
from services.watermark.encoding.files import CONTENT_TYPES, encode
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

_AARCH64, _X86_64 = 183, 62


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
        assert struct.unpack_from("<H", header, 18) == (_AARCH64,), path
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

_OPEN = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from services.resize.formats.opener import opened
from services.resize.settings import INPUT_FORMATS, Limits
import pi_heif
for path in sorted(Path(sys.argv[2]).iterdir()):
    with opened(path.read_bytes(), Limits(), formats=(*INPUT_FORMATS, *sys.argv[3:])) as source:
        print(path.name, source.size, sum(1 for frame in source.frames()))
"""

_WRITE = """
import sys
sys.path.insert(0, sys.argv[1])
from PIL import Image
from services.watermark.encoding.files import encode
from services.watermark.drawn_watermark import DrawnWatermark
from services.watermark.settings import Watermark
from shared.messages import Animation
watermark = DrawnWatermark(Watermark()).at((60, 20))
frames = [Image.new("RGBA", (64, 48), colour) for colour in ("red", "blue")]
for frame in frames:
    frame.alpha_composite(watermark.convert("RGBA"))
for form in sys.argv[2:]:
    moving = Animation(durations_ms=(50, 60), plays=0) if form in {"gif", "webp", "png"} else None
    print(form, encode(frames if moving else frames[:1], form, quality=80, animation=moving).frames)
"""


def run_alone(script, *arguments):
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", script, *map(str, arguments)],
        capture_output=True,
        text=True,
        env={},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_resize_s_zip_opens_every_format(unpacked, tmp_path):
    for name, made in SAMPLES.items():
        (tmp_path / name).write_bytes(made())
    lines = run_alone(_OPEN, unpacked("resize", "host"), tmp_path)
    assert sorted(line.partition(" ")[0] for line in lines) == sorted(SAMPLES)
    assert {line.rpartition(" ")[2] for line in lines} == {"1", "5"}


def test_watermark_s_zip_writes_every_format(unpacked):
    lines = run_alone(_WRITE, unpacked("watermark", "host"), *(CONTENT_TYPES.keys() - EXTRAS))
    assert sorted(lines) == ["avif 1", "gif 2", "jpeg 1", "png 2", "webp 2"]


@pytest.fixture(scope="module")
def with_extras(tmp_path_factory):
    """The zip of a service by target, with every extra: of two lock files."""
    settings = pipeline_settings.parse({"name": "pics", "extras": list(EXTRAS)})

    @functools.cache
    def get(service, target):
        folder = tmp_path_factory.mktemp(f"extras-{service}-{target}")
        return package.build(service, target=target, out_dir=folder, settings=settings).path

    return get


def test_with_extras_watermark_s_zip_writes_jpeg_xl_and_all_else(with_extras, tmp_path):
    task = zip_proof.unpacked(with_extras("watermark", "host"), tmp_path / "task")
    assert set(zip_proof.nowhere(task, "watermark")) == set()
    assert sorted(run_alone(_WRITE, task, "jxl", "webp")) == ["jxl 1", "webp 2"]


def test_with_extras_resize_s_zip_opens_jpeg_xl_and_all_else(with_extras, tmp_path):
    task = zip_proof.unpacked(with_extras("resize", "host"), tmp_path / "task")
    assert set(zip_proof.nowhere(task, "resize")) == set()
    samples = tmp_path / "samples"
    samples.mkdir()
    (samples / "a.jxl").write_bytes(encode([gradient()], "jxl", quality=80, animation=None).data)
    (samples / "b.avif").write_bytes(saved(gradient(), "AVIF"))
    assert run_alone(_OPEN, task, str(samples), "jxl") == ["a.jxl (96, 64) 1", "b.avif (96, 64) 1"]


@pytest.mark.parametrize("service", ["resize", "watermark"])
def test_the_codec_of_jpeg_xl_is_there_for_lambda_with_its_licence(with_extras, service):
    with zipfile.ZipFile(with_extras(service, "lambda")) as archive:
        inside = archive.namelist()
        native = archive.read(next(name for name in inside if name.startswith("pillow_jxl/pillow_jxl.cpython-313")))
    assert struct.unpack_from("<H", native, 18) == (_AARCH64,)
    assert any(name.startswith("pillow_jxl_plugin-") and name.endswith("/licenses/LICENSE") for name in inside)
    assert "packaging/version.py" in inside


_TEN_BITS = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
if sys.argv[2] == "resize":
    from services.resize.hdr.decoding import picture_of, planes_of
    print([plane.size for plane in planes_of(picture_of(Path(sys.argv[3]).read_bytes(), "AVIF"), (1, 1))])
else:
    from services.watermark.hdr.avif10 import avif10
    from services.watermark.hdr.pixels import picture_of
    from shared.messages import HdrPixels
    picture = picture_of(bytes(6 * 96 * 64), HdrPixels(member="m", primaries=9, transfer=16), (96, 64))
    print(avif10(picture, {}, quality=80)[4:12])
"""


@pytest.mark.parametrize(
    ("service", "line"), [("resize", "[(96, 64), (96, 64), (96, 64)]"), ("watermark", "b'ftypavif'")]
)
def test_with_extras_the_zips_read_and_write_ten_bits(with_extras, tmp_path, service, line):
    task = zip_proof.unpacked(with_extras(service, "host"), tmp_path / "task")
    (tmp_path / "a.avif").write_bytes(hdr_avif())
    assert run_alone(_TEN_BITS, task, service, str(tmp_path / "a.avif")) == [line]


@pytest.mark.parametrize("service", ["resize", "watermark"])
def test_libvips_is_there_for_lambda_with_its_licence(with_extras, service):
    with zipfile.ZipFile(with_extras(service, "lambda")) as archive:
        inside = archive.namelist()
        libraries_ = [name for name in inside if name.startswith("pyvips_binary.libs/libvips")]
        natives = [archive.read(name)[:20] for name in (*libraries_, "_libvips.abi3.so")]
        unpacked_bytes = sum(each.file_size for each in archive.infolist())
    assert {struct.unpack_from("<H", native, 18) for native in natives} == {(_AARCH64,)}
    assert "pyvips/vimage.py" in inside
    assert any(name.startswith("pyvips_binary-") and name.endswith("/licenses/LICENSE") for name in inside)
    assert unpacked_bytes < 100 * 1024**2  # of 250 MB that Lambda takes


def test_without_the_extra_a_jpeg_xl_fails_by_name(unpacked):
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", _WRITE, str(unpacked("watermark", "host")), "jxl"],
        capture_output=True,
        text=True,
        env={},
        check=False,
    )
    assert done.returncode != 0
    assert "EncoderMissing: format jxl needs an encoder that is not installed here" in done.stderr


def test_a_release_never_has_the_encoder(tmp_path):
    """Whatever the settings of the repository that it is made from."""
    settings = dataclasses.replace(pipeline_settings.load(), sections={"extras": list(EXTRAS)})
    extras = releasing.published(settings).extras
    assert [vendor.locks_of(service, extras) for service in SERVICES] == [("requirements.txt",)] * 3


@pytest.mark.parametrize("service", ["resize", "watermark"])
def test_lock_files_that_are_installed_together_have_the_same_versions(service):
    names = ("requirements.txt", *(f"requirements-{extra}.txt" for extra in EXTRAS))
    plain, *chosen = (_pins(f"services/{service}/{name}") for name in names)
    for each in chosen:
        assert plain.items() < each.items()
        for other in chosen:
            assert {name for name in each.keys() & other.keys() if each[name] != other[name]} == set()
    assert _pins("requirements/pyvips.txt").items() <= chosen[EXTRAS.index("avif10")].items()


def _pins(name):
    return dict(re.findall(r"(?m)^([\w.-]+)==(\S+)", (ROOT / name).read_text(encoding="utf-8")))
