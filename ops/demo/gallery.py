"""`make gallery`: docs/gallery/, what each setting does, by the services' own steps."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from ops import settings as pipeline_settings
from ops.demo.gallery_examples import EXAMPLES, SOURCES, Example, Shot
from ops.preview.chain import Chain
from ops.preview.memory import MemoryObjects
from ops.settings import ROOT
from ops.show import note
from shared.notifications import StoredRendition

FOLDER: Final = ROOT / "docs" / "gallery"
_PAGE: Final = "index.md"

_HEAD: Final = """# Gallery

What the settings of a picture do. `make gallery` makes each picture here: the services' own steps bring one of the
demo's images through. Each picture is the output itself.

The settings above a picture are those of [pipeline.yaml](../../pipeline.yaml) that differ. The
[settings](../reference/settings.md) have bounds and defaults, and `pipeline preview` shows what they make of your own
images.
"""


def made(example: Example, shot: Shot) -> tuple[StoredRendition, bytes]:
    """One picture of an example, and what its notification says of it.

    Raises:
        BadSetting: its settings are wrong.
        PipelineError: it is not stored.
    """
    chain = Chain(pipeline_settings.parse(shot.values(example.base)))
    objects = MemoryObjects()
    notice = chain.run(chain.upload(SOURCES[example.source](), example.source, objects), objects)
    (output,) = notice.outputs
    return output, objects.get(output.bucket, output.key).body


def shown(folder: Path = FOLDER) -> dict[str, Path]:
    """The pictures in a folder, by their names without extension."""
    return {path.stem: path for path in sorted(folder.iterdir()) if path.name != _PAGE}


def page(pictures: Mapping[str, Path]) -> str:
    """The page in Markdown, of the file of each picture by its name without extension."""
    return "\n".join([_HEAD, *(line for example in EXAMPLES for line in _section(example, pictures))])


def _section(example: Example, pictures: Mapping[str, Path]) -> Iterator[str]:
    yield f"## {example.title}\n\n{example.text}\n\n```yaml\n{_in_each(example)}\n```\n"
    yield _row(_words(shot) for shot in example.shots)
    yield _row("---" for _ in example.shots)
    yield _row(f"![{_alternative(example, shot)}]({pictures[shot.name].name})" for shot in example.shots)
    if example.sizes:
        yield _row(f"{pictures[shot.name].stat().st_size:,} bytes" for shot in example.shots)
    yield ""


def _row(cells: Iterator[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _in_each(example: Example) -> str:
    """What every rendition of an example has, as lines of YAML."""
    return example.base.strip("{}").replace(", ", "\n")


def _words(shot: Shot) -> str:
    """What a picture has of its own, in code."""
    return "<br>".join(f"`{each}`" for each in (shot.settings, shot.rendition.strip("{}")) if each)


def _alternative(example: Example, shot: Shot) -> str:
    own = ", ".join(each.strip("{}") for each in (shot.settings, shot.rendition) if each)
    return f"{example.title}: {own}".replace("[", "").replace("]", "")


def write(folder: Path = FOLDER) -> None:
    """Make every picture and the page, in place of those in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    before = set(folder.iterdir())
    for example in EXAMPLES:
        for shot in example.shots:
            output, data = made(example, shot)
            path = folder / f"{shot.name}{Path(output.key).suffix}"
            path.write_bytes(data)
            before.discard(path)
            note(f"{path.name}: {output.width} x {output.height} px, {len(data):,} bytes")
    for path in before:
        path.unlink()
    (folder / _PAGE).write_text(page(shown(folder)), encoding="utf-8")


if __name__ == "__main__":
    write()
