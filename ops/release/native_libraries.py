"""Which native libraries are in a zip, shared or linked in, and in which versions: read from the zip's own files."""

import ctypes
import importlib.metadata
import importlib.util
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

from ops.errors import CommandError, Exit

# Nothing here is a version but libdeflate's: each is read when the SBOM is written. What is listed is where a library
# states its own, and a library that is not listed, or states none, fails the release. Not all of them state it in the
# same way, and the zips are for another processor than that of the machine that builds them, so nobody can ask their
# functions.


@dataclass(frozen=True, kw_only=True)
class Library:
    """A native library in a zip.

    Args:
        name: as its authors call it.
        version: such as "1.6.58".
        package: the Python package whose wheel brings it, in its normal form.
        files: where it is in the zip, sorted.
        source: how the version was read.
        cpe: vendor and product in the National Vulnerability Database; None where it has none that is certain.
    """

    name: str
    version: str
    package: str
    files: tuple[str, ...]
    source: str
    cpe: str | None = None


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What of a zip the versions are read from.

    Args:
        files: the bytes of its native files, by their names in the zip.
        embedded: versions that SBOMs within the wheels state, by the name of the component.
        packages: versions of its Python packages, by their normal names.
    """

    files: Mapping[str, bytes]
    embedded: Mapping[str, str]
    packages: Mapping[str, str]


# What gives a version: (contents, name of the file) to the version.
Read = Callable[[Contents, str], str]


@dataclass(frozen=True, kw_only=True)
class _Known:
    """How one library is found.

    Args:
        name: Name of the library.
        read: Gives its version.
        source: How, in words.
        cpe: As that of Library.
        component: Its name in the SBOMs within the wheels, where its version is read from them.
    """

    name: str
    read: Read
    source: str
    cpe: str | None = None
    component: str | None = None


# A text of its own such as "5.8.4", with nothing before or after it.
_ALONE: Final = rb"\x00(\d+\.\d+\.\d+)(?=\x00)"


def _in_file(name: str, cpe: str, pattern: bytes = _ALONE) -> _Known:
    """A library that has its version as a text in the file."""

    def read(contents: Contents, file: str) -> str:
        found: set[str] = {match.decode("ascii") for match in re.findall(pattern, contents.files[file])}
        if len(found) != 1:
            raise CommandError(
                f"{file} states {', '.join(sorted(found)) or 'no version'}; one version is needed", Exit.FAILURE
            )
        return found.pop()

    return _Known(name=name, read=read, source="text in the file", cpe=cpe)


def _in_wheel(name: str, component: str, cpe: str | None = None) -> _Known:
    """A library whose version an SBOM within the wheels states."""

    def read(contents: Contents, file: str) -> str:
        if component not in contents.embedded:
            raise CommandError(
                f"no SBOM within the wheels states a version of {component}, which {file} contains", Exit.FAILURE
            )
        return contents.embedded[component]

    return _Known(name=name, read=read, source="SBOM within the wheel", cpe=cpe, component=component)


def _named(_: Contents, file: str) -> str:
    found = re.search(r"\.so\.(\d+\.\d+\.\d+)$", file)
    if found is None:
        raise CommandError(f"{file} has no version in its name", Exit.FAILURE)
    return str(found[1])


def _need_same(package: str, contents: Contents, library: str) -> None:
    """Raise if a package has another version here than in the zip."""
    here, packed = importlib.metadata.version(package), contents.packages.get(package)
    if here != packed:
        raise CommandError(
            f"{package} is {here} here and {packed} in the zip; {library} can be asked of no other", Exit.FAILURE
        )


def _isa_l(contents: Contents, file: str) -> str:
    """That of this machine's wheel of the same version: its module states it in numbers, not as a text."""
    _need_same("isal", contents, f"ISA-L of {file}")
    return str(importlib.import_module("isal").ISAL_VERSION)


def _libyuv(contents: Contents, file: str) -> str:
    """That of this machine's wheel of the same version: nothing in the file states it.

    https://github.com/AOMediaCodec/libavif/blob/main/include/avif/avif.h: avifLibYUVVersion() gives 0 without libyuv.
    """
    _need_same("pillow", contents, f"libyuv of {file}")
    spec = importlib.util.find_spec("PIL")
    if spec is None or spec.origin is None:
        raise CommandError("Pillow is not installed here", Exit.FAILURE)
    (library,) = (Path(spec.origin).parents[1] / "pillow.libs").glob("libavif-*")
    importlib.import_module("PIL._avif")  # finds the libraries that libavif needs
    return str(ctypes.CDLL(str(library)).avifLibYUVVersion())


def _libdeflate(contents: Contents, file: str) -> str:
    """That which the package's changelog states for its version: nothing in the file does.

    https://github.com/dcwatson/deflate/blob/main/CHANGELOG.md
    """
    packed = contents.packages.get("deflate", "")
    if packed not in _LIBDEFLATE:
        raise CommandError(
            f"deflate is {packed or 'not'} in the zip; ops/release/native_libraries.py must say which libdeflate"
            f" {file} holds",
            Exit.FAILURE,
        )
    return _LIBDEFLATE[packed]


# By the version of the package deflate.
_LIBDEFLATE: Final = {"0.9.0": "1.25"}

_BROTLI: Final = _Known(name="Brotli", read=_named, source="the file's name", cpe="google:brotli")
_LIBWEBP: Final = _in_wheel("libwebp", "libwebp", "webmproject:libwebp")
_ASKED: Final = "asked of this machine's wheel"

# Shared libraries, by the beginning of their files' names.
_SHARED: Final = {
    "libXau": _in_wheel("libXau", "libXau"),
    "libavif": _in_wheel("libavif", "libavif", "aomedia:libavif"),
    "libbrotlicommon": _BROTLI,
    "libbrotlidec": _BROTLI,
    "libde265": _in_file("libde265", "struktur:libde265"),
    "libfreetype": _in_wheel("FreeType", "FreeType", "freetype:freetype"),
    "libharfbuzz": _in_file("HarfBuzz", "harfbuzz_project:harfbuzz"),
    "libheif": _in_file("libheif", "struktur:libheif"),
    "libjpeg": _in_file("libjpeg-turbo", "libjpeg-turbo:libjpeg-turbo", rb"libjpeg-turbo version (\d+\.\d+\.\d+)"),
    "liblcms2": _in_wheel("Little CMS", "Little CMS 2", "littlecms:little_cms"),
    "liblzma": _in_file("XZ Utils", "tukaani:xz"),
    "libopenjp2": _in_file("OpenJPEG", "uclouvain:openjpeg"),
    "libpng16": _in_file("libpng", "libpng:libpng", rb"libpng version (\d+\.\d+\.\d+)"),
    "libsharpyuv": _LIBWEBP,
    "libtiff": _in_file("libtiff", "libtiff:libtiff", rb"LIBTIFF, Version (\d+\.\d+\.\d+)"),
    "libwebp": _LIBWEBP,
    "libwebpdemux": _LIBWEBP,
    "libwebpmux": _LIBWEBP,
    "libxcb": _in_wheel("libxcb", "libxcb"),
    "libzstd": _in_file("Zstandard", "facebook:zstandard"),
}

# Libraries that are linked into other files, by what shows that a file holds one.
_LINKED: Final = {
    rb"\.zlib-ng\x00": _in_wheel("zlib-ng", "zlib", "zlib-ng:zlib-ng"),
    rb"AOMedia Project AV1 (?:En|De)coder": _in_file(
        "libaom", "aomedia:aomedia", rb"AOMedia Project AV1 (?:En|De)coder v?(\d+\.\d+\.\d+)"
    ),
    # The name of its threads: a plug-in's mere name is in libheif too. Its version is as `git describe` states it:
    # "1.5.3-0-gb546257".
    rb"\x00dav1d-worker\x00": _in_file(
        "dav1d", "videolan:dav1d", rb"(?<![\d.])(\d+\.\d+\.\d+)-\d+-g[0-9a-f]{7,12}\x00"
    ),
    rb"\x00avifLibYUVVersion\x00": _Known(name="libyuv", read=_libyuv, source=_ASKED),
    # Its functions, or the module that only has its version.
    rb"\x00isal_(?:in|de)flate_init\x00|\x00ISAL_MAJOR_VERSION\x00": _Known(name="ISA-L", read=_isa_l, source=_ASKED),
    rb"libdeflate_alloc_compressor": _Known(name="libdeflate", read=_libdeflate, source="the changelog of the package"),
    rb"fast_image_resize": _in_wheel("fast_image_resize", "fast_image_resize"),
    rb"_raqm_set_freetype_face": _in_wheel("Raqm", "raqm"),
}

# Components that the wheels' own SBOMs name, and that are not libraries in the zip.
_ELSEWHERE: Final = {
    "FriBiDi": "loaded where the system has it; Lambda's has not",
    "fribidi-shim": "Pillow's own source, which looks for FriBiDi",
    "libimagequant": "optional, and not in the wheels",
    "libtiff": "read from the file itself",
    "HarfBuzz": "read from the file itself",
    "OpenJPEG": "read from the file itself",
    "libjpeg / libjpeg-turbo": "read from the file itself",
    "pillow": "the package itself",
    "pybind11": "only for the build",
    "pythoncapi_compat": "a header",
}
_READ: Final = {each.component for each in (*_SHARED.values(), *_LINKED.values()) if each.component}


def libraries(files: Mapping[str, bytes]) -> tuple[Library, ...]:
    """The native libraries among all files of a zip, sorted by name.

    Raises:
        CommandError: a library is not known here, or its version cannot be read.
    """
    contents = _contents(files)
    unknown = sorted(name for name in contents.embedded.keys() - _READ - _ELSEWHERE.keys() if "PIL._" not in name)
    if unknown:
        raise CommandError(
            f"a wheel's SBOM names {', '.join(unknown)}; ops/release/native_libraries.py must say why", Exit.FAILURE
        )
    found: dict[tuple[str, str, str], Library] = {}
    for file, known in _found(contents):
        package = _package(file)
        version = known.read(contents, file)
        key = known.name, version, package
        before = found[key].files if key in found else ()
        found[key] = Library(
            name=known.name,
            version=version,
            package=package,
            files=tuple(sorted((*before, file))),
            source=known.source,
            cpe=known.cpe,
        )
    return tuple(found[key] for key in sorted(found, key=lambda key: (key[0].lower(), *key)))


def _contents(files: Mapping[str, bytes]) -> Contents:
    embedded: dict[str, str] = {}
    packages: dict[str, str] = {}
    for name, data in files.items():
        folder = name.split("/", maxsplit=1)[0]
        if folder.endswith(".dist-info"):
            package, _, version = folder.removesuffix(".dist-info").rpartition("-")
            packages[normal(package)] = version
            if "/sboms/" in name:
                embedded |= dict(_stated(json.loads(data)))
    native = {name: data for name, data in files.items() if re.search(r"\.so(\.|$)", name)}
    return Contents(files=native, embedded=embedded, packages=packages)


def _stated(bom: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The components of a wheel's SBOM; that of an RPM has a version such as 1.0.9-3.el8.

    Of Rust's crates, which are many and small, it gives those that are listed here.
    """
    for component in bom.get("components", []):
        if component.get("purl", "").startswith("pkg:cargo/") and component["name"] not in _READ:
            continue
        yield component["name"], str(component.get("version", ""))


def _found(contents: Contents) -> Iterator[tuple[str, _Known]]:
    """Each file with each library that it is, or holds."""
    for file, data in contents.files.items():
        path = PurePosixPath(file)
        if path.parent.name.endswith(".libs"):
            stem = re.split(r"[-.]", path.name, maxsplit=1)[0]
            if stem not in _SHARED:
                raise CommandError(
                    f"{file}: ops/release/native_libraries.py must say how its version is read", Exit.FAILURE
                )
            yield file, _SHARED[stem]
        for pattern, known in _LINKED.items():
            if re.search(pattern, data):
                yield file, known


def _package(file: str) -> str:
    """The Python package that brings a file; auditwheel puts a wheel's libraries into a folder of its name."""
    top = file.split("/", maxsplit=1)[0]
    if top.endswith(".libs"):
        return normal(top.removesuffix(".libs"))
    (package,) = {normal(each) for each in importlib.metadata.packages_distributions()[top.split(".", maxsplit=1)[0]]}
    return package


def normal(name: str) -> str:
    """A package's name in its normal form; https://packaging.python.org/en/latest/specifications/name-normalization/."""
    return re.sub(r"[-_.]+", "-", name).lower()
