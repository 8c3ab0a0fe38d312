"""The SBOM of a zip: CycloneDX 1.6 as JSON, the same bytes for the same zip."""

import hashlib
import json
import uuid
import zipfile
from collections.abc import Mapping
from email.parser import HeaderParser
from pathlib import Path
from typing import Any, Final

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.component_evidence import ComponentEvidence, Occurrence
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from packageurl import PackageURL

from ops.errors import CommandError, Exit
from ops.release.native_libraries import Library, libraries, normal

# https://cyclonedx.org/docs/1.6/json/: a name of a property begins with whose it is.
_PROPERTY: Final = "image-pipeline:"

_NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, "https://cyclonedx.org/#image-pipeline")


def sbom(path: Path, *, service: str, version: str, bytecode: str) -> str:
    """The SBOM of a service's zip, valid by the schema of CycloneDX 1.6.

    It has no time, and its serial number follows from the zip, so that anybody can make the same file again.

    Args:
        path: of the zip.
        service: resize, watermark or store.
        version: of the pipeline.
        bytecode: the version of the Python that compiled its .pyc files, such as "3.13.1".

    Raises:
        CommandError: a native library is not known, or states no version.
    """
    data = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist() if not name.endswith(".pyc")}
    digest = hashlib.sha256(data).hexdigest()
    whole = Component(
        type=ComponentType.APPLICATION,
        name=f"image-pipeline-{service}",
        version=version,
        bom_ref=f"image-pipeline-{service}@{version}",
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest)],
        licenses=[LicenseFactory().make_from_string("MIT")],
        properties=[Property(name=f"{_PROPERTY}bytecode", value=f"CPython {bytecode}")],
    )
    packages = {normal(component.name): component for component in map(_package, _metadata(files))}
    native = {library: _native(library) for library in libraries(files)}
    bom = Bom(
        components=[*packages.values(), *native.values()],
        metadata=BomMetaData(component=whole),
        serial_number=uuid.uuid5(_NAMESPACE, digest),
    )
    bom.register_dependency(whole, packages.values())
    for name, package in packages.items():
        bom.register_dependency(package, [each for library, each in native.items() if library.package == name])
    return _written(bom)


def _metadata(files: Mapping[str, bytes]) -> list[Any]:
    """The METADATA of each Python package; https://packaging.python.org/en/latest/specifications/core-metadata/."""
    names = sorted(name for name in files if name.endswith(".dist-info/METADATA") and name.count("/") == 1)
    return [HeaderParser().parsestr(files[name].decode("utf-8")) for name in names]


def _package(stated: Any) -> Component:  # noqa: ANN401 - an e-mail's headers, of any type
    name, version = normal(stated["Name"]), stated["Version"]
    licence = stated["License-Expression"] or stated["License"]
    purl = PackageURL("pypi", None, name, version)
    return Component(
        type=ComponentType.LIBRARY,
        name=name,
        version=version,
        purl=purl,
        bom_ref=purl.to_string(),
        licenses=[LicenseFactory().make_from_string(licence)] if licence and "\n" not in licence else [],
    )


def _native(library: Library) -> Component:
    purl = PackageURL("generic", None, library.name.lower().replace(" ", "-"), library.version)
    cpe = f"cpe:2.3:a:{library.cpe}:{library.version}:*:*:*:*:*:*:*" if library.cpe else None
    return Component(
        type=ComponentType.LIBRARY,
        name=library.name,
        version=library.version,
        purl=purl,
        bom_ref=f"{purl.to_string()}?package={library.package}",
        cpe=cpe,
        evidence=ComponentEvidence(
            occurrences=[
                Occurrence(location=file, bom_ref=f"{library.package}/{library.name}/{file}") for file in library.files
            ]
        ),
        properties=[
            Property(name=f"{_PROPERTY}package", value=library.package),
            Property(name=f"{_PROPERTY}version-from", value=library.source),
        ],
    )


def _written(bom: Bom) -> str:
    """The SBOM as JSON, without the time that the library puts in.

    Raises:
        CommandError: it is not valid by the schema.
    """
    value = json.loads(JsonV1Dot6(bom).output_as_string())
    value["metadata"].pop("timestamp", None)
    text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    # Imported late: it builds 38 grammars of URIs at once, for seconds (rfc3987-syntax 1.1).
    from cyclonedx.validation.json import JsonStrictValidator  # noqa: PLC0415

    wrong = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if wrong is not None:
        raise CommandError(f"the SBOM is not valid by the schema of CycloneDX 1.6: {wrong!r:.500}", Exit.FAILURE)
    return text
