"""Manifests, each of which must be as its published schema says."""

import json

from ops.settings import ROOT

SCHEMA = json.loads((ROOT / "docs" / "reference" / "manifest.schema.json").read_text(encoding="utf-8"))


def parsed(body):
    """What a manifest says; it fails the test unless it is valid."""
    import jsonschema  # noqa: PLC0415 - a second, in every process that collects tests

    value = json.loads(body)
    jsonschema.validate(value, SCHEMA, cls=jsonschema.Draft202012Validator)
    return value
