"""What native libraries a zip holds."""

import importlib.metadata
import json

import isal
import pytest

from ops.errors import CommandError
from ops.release.native_libraries import libraries

LZMA = "pillow.libs/liblzma-dcd007de.so.5.8.4"
IMAGING = "PIL/_imaging.cpython-313-aarch64-linux-gnu.so"


def wheel_sbom(**versions):
    """The file of a wheel's SBOM, with components of these versions."""
    components = [{"name": name, "version": version} for name, version in versions.items()]
    return {"pillow-13.0.0.dist-info/sboms/a.cdx.json": json.dumps({"components": components}).encode()}


def names(files):
    return [(each.name, each.version, each.package) for each in libraries(files)]


def test_a_version_is_read_from_the_file_itself():
    assert names({LZMA: b"\x7fELF\x00xz\x005.8.4\x00"}) == [("XZ Utils", "5.8.4", "pillow")]


def test_files_of_one_library_are_one_entry():
    files = {f"pillow.libs/lib{name}-79fd2b21.so.1.2.0": b"" for name in ("brotlidec", "brotlicommon")}
    (brotli,) = libraries(files)
    assert (brotli.name, brotli.version, brotli.files) == ("Brotli", "1.2.0", tuple(sorted(files)))


def test_one_library_of_two_packages_is_two_entries():
    files = {LZMA: b"\x005.8.4\x00", "pi_heif_decoder.libs/liblzma-1.so.5": b"\x005.8.3\x00"}
    assert names(files) == [("XZ Utils", "5.8.3", "pi-heif-decoder"), ("XZ Utils", "5.8.4", "pillow")]


def test_what_is_linked_into_a_module_is_found():
    files = {IMAGING: b"\x001.3.1.zlib-ng\x00", **wheel_sbom(zlib="2.3.3")}
    assert names(files) == [("zlib-ng", "2.3.3", "pillow")]


def test_libdeflate_is_that_of_its_package():
    files = {
        "deflate/_deflate.abi3.so": b"\x00libdeflate_alloc_compressor\x00",
        "deflate-0.9.0.dist-info/METADATA": b"",
    }
    assert names(files) == [("libdeflate", "1.25", "deflate")]


def test_isa_l_is_that_of_this_machine_s_wheel():
    version = importlib.metadata.version("isal")
    files = {
        "isal/isal_zlib.cpython-313-aarch64-linux-gnu.so": b"\x00isal_inflate_init\x00",
        "isal/_isal.cpython-313-aarch64-linux-gnu.so": b"\x00ISAL_MAJOR_VERSION\x00",
        f"isal-{version}.dist-info/METADATA": b"",
    }
    (isa_l,) = libraries(files)
    assert (isa_l.name, isa_l.version, isa_l.package, len(isa_l.files)) == ("ISA-L", isal.ISAL_VERSION, "isal", 2)


def test_the_name_of_a_plug_in_is_not_the_plug_in():
    assert names({"pi_heif_decoder.libs/libheif-1.so.1.23.4": b"\x00dav1d\x00\x001.23.4\x00"}) == [
        ("libheif", "1.23.4", "pi-heif-decoder")
    ]


def test_what_is_no_native_code_is_no_library():
    assert libraries({"shared/wire.py": b"\x001.3.1.zlib-ng\x00"}) == ()


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"pillow.libs/libjxl-1.so.0.11": b""}, "libjxl-1.so.0.11: ops/release/native_libraries.py must say"),
        ({LZMA: b"no version"}, "states no version; one version is needed"),
        ({LZMA: b"\x005.8.4\x00 \x005.8.5\x00"}, "states 5.8.4, 5.8.5; one version is needed"),
        ({"pillow.libs/libbrotlidec-1.so.1": b""}, "has no version in its name"),
        ({IMAGING: b".zlib-ng\x00"}, "no SBOM within the wheels states a version of zlib"),
        (wheel_sbom(libjxl="0.11.1"), "a wheel's SBOM names libjxl"),
        (
            {"deflate/_deflate.abi3.so": b"libdeflate_alloc_compressor", "deflate-0.9.1.dist-info/METADATA": b""},
            "deflate is 0.9.1 in the zip; ops/release/native_libraries.py must say which libdeflate",
        ),
        (
            {"pillow.libs/libavif-1.so.16": b"\x00avifLibYUVVersion\x00", **wheel_sbom(libavif="1.4.2")}
            | {"pillow-0.0.1.dist-info/METADATA": b""},
            "libyuv of pillow.libs/libavif-1.so.16 can be asked of no other",
        ),
        (
            {"isal/isal_zlib.so": b"\x00isal_inflate_init\x00", "isal-0.0.1.dist-info/METADATA": b""},
            "ISA-L of isal/isal_zlib.so can be asked of no other",
        ),
    ],
    ids=[
        "unknown",
        "without-a-version",
        "two-versions",
        "no-name",
        "not-stated",
        "new-in-the-wheel",
        "other-deflate",
        "other-wheel",
        "other-isal",
    ],
)
def test_a_library_that_cannot_be_named_with_its_version_fails_the_release(files, reason):
    with pytest.raises(CommandError) as refused:
        libraries(files)
    assert reason in str(refused.value)
