"""Faces are found by one request an image: crops keep them, and nobody is recognised where they are hidden."""

import io
from contextlib import contextmanager, nullcontext
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.clocks import still
from kit.gain_maps import ultra_hdr
from kit.moderation import Watcher, policy
from kit.pictures import animation, gradient, grain, saved, turned
from PIL import Image, ImageChops, ImageStat

from ops.preview.memory import MemoryObjects, StoredObject
from services.resize import frame_sample, scaling
from services.resize.faces import DetectedFaces, ShownPicture, aimed, detected
from services.resize.settings import Moderation, Profile, Rendition, Settings
from services.resize.step import render, resize
from shared.errors import AwsUnavailable, BadSetting, ModerationRefused, UnsupportedImage
from shared.messages import ImageUploaded, Source
from shared.ports import Headers

BLUR = Settings(
    work_bucket="work", renditions=(Rendition(name="x", width=400, height=400),), moderation=Moderation(faces="blur")
)
CROP = Settings(
    work_bucket="work", renditions=(Rendition(name="x", width=100, height=100, fit="cover", gravity="faces"),)
)
# In shares of a picture of 400 x 300 px: (240, 60) to (320, 150).
FACE = (0.6, 0.2, 0.8, 0.5)


class Finder:
    """A face detector that keeps what it was shown, and answers what it was given."""

    def __init__(self, *boxes, error=None):
        self.boxes, self.error, self.jpegs = boxes, error, []

    def faces(self, jpeg):
        self.jpegs.append(jpeg)
        if self.error is not None:
            raise self.error
        return self.boxes


def crowd(size=(400, 300)):
    """Fine detail everywhere, so that it shows where it is gone."""
    return Image.merge("RGB", [grain(size, 60, seed) for seed in range(3)])


def uploaded(data, finder, settings=BLUR, *, cpu=nullcontext):
    objects = MemoryObjects()
    objects.versions["in", "k", "v1"] = StoredObject(body=data, headers=Headers())
    source = Source(bucket="in", key="k", version_id="v1", size_bytes=len(data), uploaded_at="2026-01-01T00:00:00Z")
    watch = policy(Watcher()) if settings.moderation else None
    job = ImageUploaded(source=source)
    result = resize(job, objects=objects, settings=settings, cpu=cpu, clock=still, policy=watch, detector=finder)
    return result, objects.objects


def rendered(data, *boxes, settings=BLUR, mode=None):
    faces = DetectedFaces(boxes=boxes, mode=mode or settings.faces)
    return render(data, settings, faces=faces).renditions[0].frames[0]


def detail(image, box):
    """How much neighbours differ within a box."""
    part = image.convert("L").crop(box)
    return ImageStat.Stat(ImageChops.difference(part, ImageChops.offset(part, 1, 0))).mean[0]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("mode", ["blur", "pixelate"])
def test_a_face_is_hidden_where_people_see_it_and_nothing_else_is(mode, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    seen = crowd()
    data = saved(turned(seen, orientation), "PNG", exif=exif)
    made = rendered(data, FACE, mode=mode)
    assert made.size == (400, 300)
    assert detail(made, (240, 60, 320, 150)) < 0.15 * detail(seen, (240, 60, 320, 150))
    # A fifth of the box around it is hidden too; what is beyond stays to the last bit.
    for box in ((0, 0, 222, 300), (337, 0, 400, 300), (0, 0, 400, 41), (0, 169, 400, 300)):
        assert made.crop(box).convert("RGB").tobytes() == seen.crop(box).tobytes()


def test_pixels_of_a_face_are_few():
    made = rendered(saved(crowd(), "PNG"), FACE, mode="pixelate").crop((240, 60, 320, 150))
    assert len(made.getcolors(10_000)) <= 36


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "CMYK"])
def test_in_every_mode_and_cut_off_at_the_edges(mode):
    image = crowd().convert(mode)
    made = rendered(saved(image, "TIFF" if mode == "CMYK" else "PNG"), (0.0, 0.0, 0.2, 0.2), (0.9, 0.9, 1.0, 1.0))
    seen = crowd()
    for box in ((0, 0, 80, 60), (360, 270, 400, 300)):
        assert detail(made, box) < 0.25 * detail(seen, box)


def test_every_rendition_is_of_the_hidden_faces_and_the_moderator_sees_them():
    settings = replace(BLUR, renditions=(*BLUR.renditions, Rendition(name="y", width=300, height=300, fit="cover")))
    watch = Watcher()
    faces = DetectedFaces(boxes=(FACE,), mode="blur")
    made = render(saved(crowd(), "PNG"), settings, policy=policy(watch), faces=faces)
    small = [
        each.frames[0].resize((400, 300)) if each.rendition.name == "x" else each.frames[0] for each in made.renditions
    ]
    assert detail(small[0], (240, 60, 320, 150)) < 5
    assert detail(small[1], (190, 60, 270, 150)) < 5
    with Image.open(io.BytesIO(made.shown[0])) as shown:
        assert detail(shown, (240, 60, 320, 150)) > 20


def test_no_gain_map_shows_what_its_picture_hides():
    data = ultra_hdr(gradient((400, 300)), Image.new("L", (200, 150), 90), quality=90)
    settings = replace(BLUR, hdr="keep", renditions=(Rendition(name="x", format="jpeg"),))
    shown, hidden = (render(data, settings, faces=DetectedFaces(boxes=boxes, mode="blur")) for boxes in ((), (FACE,)))
    assert [each.renditions[0].gain_map is not None for each in (shown, hidden)] == [True, False]
    ignored = "HDR gain map ignored: it shows the shapes of the faces that are hidden"
    assert [ignored in each.warnings for each in (shown, hidden)] == [False, True]


def test_there_is_one_request_for_crop_and_blur_and_nothing_waits_for_it():
    held = []

    @contextmanager
    def cpu(_):
        held.append(True)
        yield
        held.pop()

    class Waiting(Finder):
        def faces(self, jpeg):
            assert not held
            return super().faces(jpeg)

    finder = Waiting(FACE)
    uploaded(saved(crowd(), "PNG"), finder, replace(BLUR, renditions=CROP.renditions), cpu=cpu)
    assert len(finder.jpegs) == 1


@pytest.mark.parametrize("orientation", [1, 6])
def test_the_detector_sees_the_whole_picture_upright(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    finder = Finder()
    uploaded(saved(turned(gradient((3000, 1500)), orientation), "JPEG", exif=exif), finder)
    with Image.open(io.BytesIO(finder.jpegs[0])) as shown:
        assert shown.size == (1920, 960)
        assert not shown.getexif()
        assert shown.convert("RGB").getpixel((20, 20))[0] > 200  # the red corner


def test_a_box_of_a_picture_that_was_padded_is_one_of_the_picture():
    plan = frame_sample.plan((400, 10), 1920)
    # The picture has rows 16 to 64 of 80.
    assert (plan.canvas, plan.at, plan.size) == ((1920, 80), (0, 16), (1920, 48))
    finder = Finder((0.25, 0.5, 0.75, 0.75), (-0.1, 0.0, 0.2, 0.1), (0.9, 0.4, 1.3, 2.0))
    found = detected(ShownPicture(jpeg=b"", plan=plan), finder, "blur")
    # The largest first, cut off at the picture's edges; one is beside the picture alone.
    assert found.boxes == (pytest.approx((0.25, 0.5, 0.75, 44 / 48)), pytest.approx((0.9, 16 / 48, 1.0, 1.0)))


@pytest.mark.parametrize("settings", [BLUR, CROP], ids=["blur", "crop"])
@pytest.mark.parametrize("error", [AwsUnavailable("throttled"), ModerationRefused("no image")])
def test_an_image_whose_faces_are_not_known_does_not_pass(settings, error):
    data = saved(crowd(), "PNG")
    with pytest.raises(type(error)):
        uploaded(data, Finder(error=error), settings)
    with pytest.raises(BadSetting, match="no face detector is configured"):
        uploaded(data, None, settings)


def test_an_image_that_needs_no_faces_makes_no_request():
    finder = Finder(FACE)
    assert not replace(BLUR, moderation=None).may_detect_faces
    profile = Profile(prefix="a/", renditions=CROP.renditions)
    assert replace(BLUR, moderation=None, profiles=(profile,)).may_detect_faces
    assert not replace(BLUR, moderation=None, profiles=(profile,)).detects_faces
    uploaded(saved(crowd(), "PNG"), finder, replace(BLUR, moderation=Moderation()))
    uploaded(saved(crowd(), "PNG"), finder, replace(CROP, profiles=(Profile(prefix="k", renditions=BLUR.renditions),)))
    assert finder.jpegs == []


def test_nothing_is_passed_whose_faces_cannot_all_be_found():
    finder = Finder(FACE)
    with pytest.raises(UnsupportedImage, match="the image is an animation; faces are found in stills alone"):
        uploaded(animation("GIF"), finder)
    pages = saved(crowd(), "TIFF", save_all=True, append_images=[crowd()])
    with pytest.raises(UnsupportedImage, match="the image has 2 pages; faces are found in the first alone"):
        uploaded(pages, finder, replace(BLUR, pages="all"))
    assert finder.jpegs == []
    uploaded(pages, finder)
    uploaded(animation("GIF"), finder, CROP)
    assert len(finder.jpegs) == 2


def test_a_crop_has_the_face_in_its_middle_or_attention_where_there_is_none():
    image = Image.new("RGB", (400, 100), (90, 90, 90))
    image.paste((250, 0, 0), (20, 40, 40, 60))
    image.paste((120, 120, 120), (300, 30, 340, 70))
    data = saved(image, "PNG")
    face = rendered(data, (0.75, 0.3, 0.85, 0.7), settings=CROP)
    assert face.getpixel((50, 50)) == (120, 120, 120)
    assert face.getpixel((31, 50)) == (120, 120, 120)
    assert face.getpixel((29, 50)) == (90, 90, 90)
    none, attention = rendered(data, settings=CROP), replace(CROP.renditions[0], gravity="attention")
    assert none.tobytes() == rendered(data, settings=replace(CROP, renditions=(attention,))).tobytes()


def test_a_trimmed_picture_is_cropped_around_its_faces():
    image = Image.new("RGB", (600, 300), (255, 255, 255))
    image.paste((90, 90, 90), (100, 100, 500, 200))
    image.paste((120, 120, 120), (400, 130, 440, 170))
    made = rendered(saved(image, "PNG"), (400 / 600, 130 / 300, 440 / 600, 170 / 300), settings=replace(CROP, trim=10))
    assert made.size == (100, 100)
    assert made.getpixel((50, 50)) == (120, 120, 120)
    assert made.getpixel((29, 50)) == (90, 90, 90)


sides = st.integers(1, 5000)
shares = st.floats(0, 0.9)


@given(size=st.tuples(sides, sides), boxes=st.lists(st.tuples(shares, shares), min_size=1, max_size=5))
def test_a_crop_stays_within_the_picture_and_has_the_largest_face_that_fits(size, boxes):
    found = tuple((left, top, left + 0.1, top + 0.1) for left, top in boxes)
    plan = aimed(scaling.plan(size, (64, 64), "cover", gravity="faces"), DetectedFaces(boxes=found), size)
    left, top, right, bottom = plan.crop
    assert -1e-6 <= left < right <= size[0] + 1e-6
    assert -1e-6 <= top < bottom <= size[1] + 1e-6
    face = tuple(value * size[axis % 2] for axis, value in enumerate(found[0]))
    if face[2] - face[0] <= right - left and face[3] - face[1] <= bottom - top:
        slack = 1e-6 * max(size)
        assert left - slack <= face[0]
        assert face[2] <= right + slack
        assert top - slack <= face[1]
        assert face[3] <= bottom + slack


def test_as_many_faces_as_there_is_room_for_the_largest_first():
    plan = scaling.plan((1000, 100), (64, 64), "cover", gravity="faces")
    big, near, far = (0.5, 0, 0.55, 0.9), (0.46, 0.2, 0.49, 0.4), (0.1, 0.2, 0.12, 0.3)
    assert aimed(plan, DetectedFaces(boxes=(big, far, near)), (1000, 100)).crop == pytest.approx((455, 0, 555, 100))
