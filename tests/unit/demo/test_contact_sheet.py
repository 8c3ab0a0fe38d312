"""Pages of before and after."""

import pytest
from kit.pictures import gradient, saved
from PIL import Image

from ops.demo import contact_sheet
from ops.demo.contact_sheet import PER_PAGE
from ops.preview.picture_pool import PicturePool


@pytest.fixture
def outputs(tmp_path):
    """The files of a result's outputs; its source is written as well."""

    def write(result, source=None):
        result.path.write_bytes(saved(gradient(), "PNG") if source is None else source)
        files = {}
        for output in result.notice.outputs:
            files[output.key] = tmp_path / f"{result.uploaded.image_id}-{output.rendition}"
            files[output.key].write_bytes(saved(gradient((64, 48)), "PNG"))
        return files

    return write


def failure(result, key, reason="it is broken"):
    return result(key, "failed", "UnreadableImage", reason, expected=["failed"])


@pytest.mark.parametrize(("count", "pages"), [(1, 1), (PER_PAGE, 1), (PER_PAGE + 1, 2), (2 * PER_PAGE + 1, 3)])
def test_many_images_take_several_pages(tmp_path, result, count, pages):
    out = tmp_path / "out"
    out.mkdir()
    written = contact_sheet.write([failure(result, f"{index}.jpg") for index in range(count)], {}, out)
    assert [path.name for path in written] == [
        "contact-sheet.png",
        *(f"contact-sheet-{number}.png" for number in range(2, pages + 1)),
    ]
    assert sorted(out.iterdir()) == sorted(written)


def test_a_failed_image_is_never_decoded(tmp_path, result, monkeypatch):
    monkeypatch.setattr(PicturePool, "small", lambda *_: pytest.fail("decoded"))
    one = failure(result, "bomb.png")
    one.path.write_bytes(b"x")
    contact_sheet.write([one], {}, tmp_path)


def test_before_and_after_are_on_it(tmp_path, result, outputs):
    one = result()
    (path,) = contact_sheet.write([one], outputs(one), tmp_path)
    with Image.open(path) as page:
        reds = sum(r > 200 and g < 60 and b < 60 for r, g, b in page.get_flattened_data())
    assert reds > 3 * 100


@pytest.mark.parametrize("source", [b"", b"no image", saved(gradient(), "PNG")[:60]], ids=["empty", "text", "cut"])
def test_a_source_that_does_not_decode_costs_its_tile_alone(tmp_path, result, outputs, source):
    one = result()
    (path,) = contact_sheet.write([one], outputs(one, source), tmp_path)
    assert path.is_file()


def test_an_output_that_was_not_fetched_costs_its_tile_alone(tmp_path, result, outputs):
    one = result()
    outputs(one)
    assert contact_sheet.write([one], {}, tmp_path)


def test_a_row_of_failures_takes_little_room(tmp_path, result, outputs):
    stored = [result(f"{index}.jpg") for index in range(3)]
    files = {key: path for one in stored for key, path in outputs(one).items()}
    broken = [failure(result, f"bad-{index}.jpg", "very long words " * 60) for index in range(3)]
    heights = []
    for index, results in enumerate([stored, [*stored, *broken]]):
        folder = tmp_path / str(index)
        folder.mkdir()
        with Image.open(contact_sheet.write(results, files, folder)[0]) as page:
            heights.append(page.height)
    assert heights[1] < 1.6 * heights[0]


def test_what_the_font_lacks_is_written_by_its_number():
    font = contact_sheet.font(14)
    assert contact_sheet._readable("ünï日 🌄\n.jpg", font) == r"ünï[65E5] [1F304]\n.jpg"


@pytest.mark.parametrize("text", ["", "a", "x" * 900, "word " * 200, "日" * 300])
def test_text_never_leaves_its_tile(text):
    font = contact_sheet.font(14)
    assert font.getlength(contact_sheet._fitting(text, font, 200)) <= 200
    assert all(font.getlength(line) <= 200 for line in contact_sheet._wrapped(text, font, 200))
