"""Zips with the codecs of `extras`: what they read and write, for which processor, and that no release has them."""

import dataclasses
import functools
import re
import struct
import zipfile

import pytest
from kit import zip_proof
from kit.hdr import hdr_avif
from kit.pictures import gradient, saved
from kit.zip_scripts import AARCH64, OPEN, WRITE, run_alone

from ops import settings as pipeline_settings
from ops.names import SERVICES
from ops.packaging import package, vendor
from ops.release import __main__ as releasing
from ops.settings import ROOT
from services.watermark.encoding.files import encode
from shared.choices import EXTRAS


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
    assert sorted(run_alone(WRITE, task, "jxl", "webp")) == ["jxl 1", "webp 2"]


def test_with_extras_resize_s_zip_opens_jpeg_xl_and_all_else(with_extras, tmp_path):
    task = zip_proof.unpacked(with_extras("resize", "host"), tmp_path / "task")
    assert set(zip_proof.nowhere(task, "resize")) == set()
    samples = tmp_path / "samples"
    samples.mkdir()
    (samples / "a.jxl").write_bytes(encode([gradient()], "jxl", quality=80, animation=None).data)
    (samples / "b.avif").write_bytes(saved(gradient(), "AVIF"))
    assert run_alone(OPEN, task, str(samples), "jxl") == ["a.jxl (96, 64) 1", "b.avif (96, 64) 1"]


@pytest.mark.parametrize("service", ["resize", "watermark"])
def test_the_codec_of_jpeg_xl_is_there_for_lambda_with_its_licence(with_extras, service):
    with zipfile.ZipFile(with_extras(service, "lambda")) as archive:
        inside = archive.namelist()
        native = archive.read(next(name for name in inside if name.startswith("pillow_jxl/pillow_jxl.cpython-313")))
    assert struct.unpack_from("<H", native, 18) == (AARCH64,)
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
    assert {struct.unpack_from("<H", native, 18) for native in natives} == {(AARCH64,)}
    assert "pyvips/vimage.py" in inside
    assert any(name.startswith("pyvips_binary-") and name.endswith("/licenses/LICENSE") for name in inside)
    assert unpacked_bytes < 100 * 1024**2  # of 250 MB that Lambda takes


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
