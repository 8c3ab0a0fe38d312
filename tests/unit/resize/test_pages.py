"""A document of several pages: page 1 only, or a set of renditions for each page."""

from contextlib import contextmanager

import pytest
from PIL import Image

from services.resize import step
from services.resize.formats.source import Frame, OpenedImage
from services.resize.settings import Limits, Rendition, Settings
from services.resize.step import render
from shared.errors import ImageTooLarge

COLOURS = ("red", "green", "blue")
BOTH = (
    Rendition(name="large", width=60, height=60, format="png"),
    Rendition(name="small", width=20, height=20, format="png"),
)


class Page(OpenedImage):
    """One page of one colour, in a document of several pages."""

    def __init__(self, colours):
        super().__init__(format="TIFF", stored_size=(80, 60), page_count=len(colours), lossless=True)
        self.colours = colours

    def pages(self):
        return map(Page, [(colour,) for colour in self.colours])

    def frames(self):
        yield Frame(image=Image.new("RGB", self.stored_size, self.colours[0]), duration_ms=0)


@pytest.fixture
def document(monkeypatch):
    """Make every opened file a document of this many pages."""

    def of(colours):
        @contextmanager
        def opened(*_):
            yield Page(colours)

        monkeypatch.setattr(step, "opened", opened)

    return of


def rendered(pages, **more):
    return render(b"", Settings(work_bucket="work", renditions=BOTH, pages=pages, **more))


def shown(picture):
    return [(each.rendition.name, each.page, each.frames[0].getpixel((5, 5))) for each in picture.renditions]


RED, GREEN, BLUE = (255, 0, 0), (0, 128, 0), (0, 0, 255)


def test_the_first_page_is_used_and_the_number_of_pages_is_reported(document):
    document(COLOURS)
    picture = rendered("first")
    assert shown(picture) == [("large", 1, RED), ("small", 1, RED)]
    assert picture.warnings == ("page 1 of 3",)


def test_every_page_has_every_rendition(document):
    document(COLOURS)
    picture = rendered("all")
    assert shown(picture) == [
        *(("large", 1, RED), ("small", 1, RED)),
        *(("large", 2, GREEN), ("small", 2, GREEN)),
        *(("large", 3, BLUE), ("small", 3, BLUE)),
    ]
    assert picture.warnings == ("3 pages",)


@pytest.mark.parametrize("pages", ["first", "all"])
def test_a_single_page_needs_no_warning(document, pages):
    document(("red",))
    picture = rendered(pages)
    assert [each.page for each in picture.renditions] == [1, 1]
    assert picture.warnings == ()


def test_more_outputs_than_a_notification_holds_are_refused(document):
    document(("red",) * 51)
    with pytest.raises(ImageTooLarge, match="51 pages of 2 renditions are 102 outputs; the limit is 100"):
        rendered("all")
    assert len(rendered("first").renditions) == 2


def test_all_pages_together_stay_within_the_limit_of_an_animation(document):
    document(COLOURS)
    pixels = 60 * 45 + 20 * 15
    assert len(rendered("all", limits=Limits(frame_pixels=3 * pixels)).renditions) == 6
    with pytest.raises(ImageTooLarge, match="first 3 pages have 9,000 pixels"):
        rendered("all", limits=Limits(frame_pixels=3 * pixels - 1))
