"""`pipeline preview`: the services' own steps, without AWS."""

import base64
import errno
import faulthandler
import itertools
import json
import os
import signal
from pathlib import Path
from types import SimpleNamespace

import pytest
from kit.pictures import animation, gradient, saved, turned
from PIL import Image, ImageChops, ImageStat

from ops import settings as pipeline_settings
from ops.cli.main import main
from ops.demo.scene import scene
from ops.preview.result import Preview, result


def test_an_image_that_waits_for_a_core_is_not_too_slow(tmp_path, photo, monkeypatch):
    """limits.seconds is counted in CPU seconds: an hour passes between any two looks at the clock."""
    hours = itertools.count(step=3600)
    monkeypatch.setattr("shared.clock.time", SimpleNamespace(monotonic=lambda: float(next(hours))))
    assert Preview(pipeline_settings.load()).image(photo, "photo.jpg", tmp_path / "out")["outcome"] == "stored"


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(saved(gradient((1600, 1200)), "JPEG"))
    return path


def preview(capsys, *argv):
    code = main(["preview", *map(str, argv), "--output", "json"])
    out = capsys.readouterr().out
    return code, [json.loads(line) for line in out.splitlines()]


def test_one_object_a_file(capsys, tmp_path, photo):
    code, (result,) = preview(capsys, photo, "--out", tmp_path / "out")
    assert code == 0
    assert {key: result[key] for key in ("file", "outcome", "error", "reason")} == {
        "file": str(photo),
        "outcome": "stored",
        "error": None,
        "reason": None,
    }
    assert result["outputs"][0] == {
        "rendition": "resized",
        "path": str(tmp_path / "out" / "photo-resized.jpg"),
        "width": 1024,
        "height": 768,
        "frames": 1,
        "content_type": "image/jpeg",
    }
    with Image.open(result["outputs"][1]["path"]) as thumb:
        assert thumb.size == (256, 256)


def test_a_decoder_that_crashes_fails_its_own_file_alone(capsys, tmp_path, photo, monkeypatch):
    real = Preview.image

    def image(self, path, *rest, **named):
        if path.name == "photo.jpg":
            faulthandler.disable()
            os.kill(os.getpid(), signal.SIGSEGV)
        return real(self, path, *rest, **named)

    monkeypatch.setattr(Preview, "image", image)
    other = tmp_path / "other.jpg"
    other.write_bytes(photo.read_bytes())
    code, (crashed, stored) = preview(capsys, photo, other, "--out", tmp_path / "out")
    assert code != 0
    assert (crashed["outcome"], crashed["error"]) == ("failed", "DecoderCrashed")
    assert crashed["reason"] == "the decoder crashed (SIGSEGV)"
    assert stored["outcome"] == "stored"


def test_a_folder_that_cannot_be_made_is_named(capsys, tmp_path, photo):
    (tmp_path / "taken").write_bytes(b"")
    assert main(["preview", str(photo), "--out", str(tmp_path / "taken")]) == 2
    assert f"{tmp_path}/taken: File exists; --out names a folder" in capsys.readouterr().err


def test_a_name_that_is_not_utf_8_is_refused_as_by_an_upload(capsys, tmp_path, photo):
    path = tmp_path / os.fsdecode(b"lat\xe9.jpg")
    path.write_bytes(photo.read_bytes())
    assert main(["preview", str(path), "--out", str(tmp_path / "out")]) == 2
    assert "the name is not UTF-8, and S3's keys are" in capsys.readouterr().err


def test_a_file_that_cannot_be_read_or_written_fails_alone(capsys, tmp_path, photo, monkeypatch):
    real = Path.read_bytes

    def read(self):
        if self.name == "broken.jpg":
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return real(self)

    monkeypatch.setattr(Path, "read_bytes", read)
    broken, other = tmp_path / "broken.jpg", tmp_path / "other.jpg"
    for path in (broken, other):
        path.write_bytes(real(photo))
    (tmp_path / "out" / "other-resized.jpg").mkdir(parents=True)
    code, found = preview(capsys, broken, other, photo, "--out", tmp_path / "out")
    assert (code, [each["outcome"] for each in found]) == (3, ["failed", "failed", "stored"])
    assert [each["error"] for each in found[:2]] == ["OSError", "IsADirectoryError"]
    assert "Input/output error" in found[0]["reason"]


def test_files_are_decoded_without_credentials(capsys, tmp_path, photo, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")

    def image(_, path, *__, **___):
        return result(path, warnings=[name for name in os.environ if "AWS" in name])

    monkeypatch.setattr(Preview, "image", image)
    _, (found,) = preview(capsys, photo, "--out", tmp_path / "out")
    assert found["warnings"] == []
    assert os.environ["AWS_SECRET_ACCESS_KEY"] == "secret"


def test_moderation_is_not_previewed_and_that_is_said(capsys, tmp_path, photo):
    for enabled in (True, False):
        settings = tmp_path / f"{enabled}.yaml"
        settings.write_text(f"name: pics\nmoderation: {{enabled: {str(enabled).lower()}}}\n")
        assert main(["preview", str(photo), "--out", str(tmp_path / "out"), "--settings", str(settings)]) == 0
        reported = capsys.readouterr()
        assert ("Moderation is not previewed" in reported.err) is enabled
        assert "photo-resized.jpg" in reported.out


def test_a_failure_is_reported_and_the_others_go_on(capsys, tmp_path, photo):
    text = tmp_path / "text.jpg"
    text.write_text("no image")
    moving = tmp_path / "moving.gif"
    moving.write_bytes(animation("GIF", loop=0))
    code, results = preview(capsys, text, moving, photo, "--out", tmp_path / "out")
    assert code == 3
    assert [result["outcome"] for result in results] == ["failed", "stored", "stored"]
    assert results[0]["error"] == "UnsupportedImage"
    assert "found: a text file" in results[0]["reason"]
    assert results[1]["outputs"][0]["frames"] == 5


def test_files_of_one_name_do_not_meet(capsys, tmp_path, photo):
    paths = []
    for folder in ("a", "b"):
        paths.append(tmp_path / folder / "same.jpg")
        paths[-1].parent.mkdir()
        paths[-1].write_bytes(photo.read_bytes())
    _, results = preview(capsys, *paths, "--out", tmp_path / "out")
    assert len({result["outputs"][0]["path"] for result in results}) == 2


def test_outputs_of_one_key_are_those_of_the_first_file_as_in_the_pipeline(capsys, tmp_path, photo):
    first, second = tmp_path / "sea.jpg", tmp_path / "sea.tif"
    first.write_bytes(photo.read_bytes())
    second.write_bytes(saved(Image.new("RGB", (90, 60), "red"), "TIFF"))
    settings = tmp_path / "pipeline.yaml"
    settings.write_text("name: pics\nrenditions: [{name: web, format: webp}]\n")
    argv = (photo, first, second, "--out", tmp_path / "out", "--settings", settings)
    code, (_, stored, failed) = preview(capsys, *argv)
    assert (code, stored["outcome"], failed["outcome"], failed["error"]) == (3, "stored", "failed", "OutputKeyTaken")
    assert failed["reason"] == "the output key sea-web.webp belongs to sea.jpg: rename one of the two sources"
    with Image.open(stored["outputs"][0]["path"]) as picture:
        assert picture.width == 1024


def test_manifests_of_one_key_are_those_of_the_first_file_too(capsys, tmp_path, photo):
    settings = tmp_path / "pipeline.yaml"
    settings.write_text("name: pics\noutput: {key: '{dir}{image_id}-{rendition}{ext}', manifest: '{dir}{stem}.json'}\n")
    second = tmp_path / "photo.jpeg"
    second.write_bytes(photo.read_bytes())
    out = tmp_path / "out"
    code, (stored, failed) = preview(capsys, photo, second, "--out", out, "--settings", settings)
    assert (code, failed["error"]) == (3, "OutputKeyTaken")
    assert "photo.json belongs to photo.jpg" in failed["reason"]
    assert len(list(out.iterdir())) == len(stored["outputs"]) + 1


def test_a_file_that_is_named_twice_has_its_outputs_twice(capsys, tmp_path, photo):
    code, results = preview(capsys, photo, photo, "--out", tmp_path / "out")
    assert (code, [each["outcome"] for each in results]) == (0, ["stored", "stored"])


def test_all_eight_orientations_of_a_photograph_come_out_alike(capsys, tmp_path):
    seen, files = scene((1500, 1000)), []
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        files.append(tmp_path / f"{orientation}.jpg")
        files[-1].write_bytes(saved(turned(seen, orientation), "JPEG", quality=95, exif=exif))
    _, results = preview(capsys, *files, "--out", tmp_path / "out")
    for rendition, size in enumerate([(1024, 683), (256, 256)]):
        first, *others = [Image.open(each["outputs"][rendition]["path"]) for each in results]
        assert first.size == size
        for other in others:
            assert max(ImageStat.Stat(ImageChops.difference(other, first)).mean) < 2


def test_people_get_a_table(capsys, tmp_path, photo):
    assert main(["preview", str(photo), "--out", str(tmp_path / "out")]) == 0
    out = capsys.readouterr().out
    assert "RENDITION" in out
    assert "1024 x 768" in out


def test_a_file_that_is_not_there_is_named(capsys, tmp_path):
    assert main(["preview", "nowhere.jpg", "--out", str(tmp_path)]) == 4
    assert "nowhere.jpg: no such file" in capsys.readouterr().err
    assert main(["preview", str(tmp_path), "--out", str(tmp_path)]) == 4
    assert f"{tmp_path}: a folder; pass the files in it" in capsys.readouterr().err


def test_a_wrong_setting_is_named(capsys, tmp_path, photo):
    settings = tmp_path / "pipeline.yaml"
    settings.write_text("name: pics\nwatermark: {position: corner}\n")
    assert main(["preview", str(photo), "--out", str(tmp_path), "--settings", str(settings)]) == 2
    assert "watermark.position is 'corner'" in capsys.readouterr().err


def test_what_is_set_is_sent_for_every_file(capsys, tmp_path, photo):
    overrides = ("--set", "renditions=thumb", "--set", "format=webp", "--set", "watermark-text=© Ñandú")
    _, (result,) = preview(capsys, photo, "--out", tmp_path / "out", *overrides)
    reported = [(each["rendition"], each["content_type"]) for each in result["outputs"]]
    assert (result["reason"], reported) == (None, [("thumb", "image/webp")])


def test_what_is_overridden_wrongly_fails_the_image_as_it_would_on_aws(capsys, tmp_path, photo):
    code, (result,) = preview(capsys, photo, "--out", tmp_path / "out", "--set", "quality=900")
    assert code == 3
    assert result["error"] == "BadOverride"
    assert result["reason"] == 'x-amz-meta-pipeline-quality is "900"; allowed: a whole number from 1 to 100'


def test_a_mark_is_tried_before_any_image(capsys, tmp_path, photo):
    settings = tmp_path / "pipeline.yaml"
    settings.write_text("name: pics\nprofiles: [{prefix: a/, watermark: {text: 写真}}]\n", encoding="utf-8")
    assert main(["preview", str(photo), "--out", str(tmp_path), "--settings", str(settings)]) == 2
    assert "profiles[0].watermark.text is '写真'" in capsys.readouterr().err


def test_a_prefix_has_its_settings(capsys, tmp_path, photo):
    (tmp_path / "avatars").mkdir()
    face = tmp_path / "avatars" / "face.jpg"
    face.write_bytes(photo.read_bytes())
    settings = tmp_path / "pipeline.yaml"
    settings.write_text("name: pics\nprofiles: [{prefix: avatars/, renditions: [{name: avatar, width: 64}]}]\n")
    _, (plain, avatar) = preview(capsys, photo, face, "--out", tmp_path / "out", "--settings", settings)
    assert [each["rendition"] for each in plain["outputs"]] == ["resized", "thumb"]
    assert [(each["rendition"], each["width"]) for each in avatar["outputs"]] == [("avatar", 64)]


def test_keys_have_the_prefix_of_uploads_as_profiles_have_it(capsys, tmp_path, photo):
    settings = tmp_path / "pipeline.yaml"
    settings.write_text(
        "name: pics\nbuckets: {input: {prefix: uploads/}, output: {prefix: pictures/}}\n"
        "profiles: [{prefix: uploads/ph, renditions: [{name: own, width: 64}]}, {prefix: ph, metadata: copyright}]\n"
    )
    _, (found,) = preview(capsys, photo, "--out", tmp_path / "out", "--settings", settings)
    assert [each["path"] for each in found["outputs"]] == [str(tmp_path / "out" / "pictures" / "photo-own.jpg")]


def test_a_placeholder_is_reported(capsys, tmp_path, photo):
    text = tmp_path / "text.jpg"
    text.write_text("no image")
    _, results = preview(capsys, photo, text, "--out", tmp_path / "out")
    assert 15 <= len(base64.b64decode(results[0]["placeholder"])) <= 30
    assert results[1]["placeholder"] is None


def test_every_page_of_a_tiff_has_its_own_outputs(tmp_path):
    pages = [Image.new("RGB", (60, 40), colour) for colour in ("red", "lime", "blue")]
    (tmp_path / "scan.tif").write_bytes(saved(pages[0], "TIFF", save_all=True, append_images=pages[1:]))
    output = {"key": "{dir}{stem}-{page}-{rendition}{ext}"}
    renditions = [{"name": "web", "width": 60, "height": 60, "format": "png", "watermark": False}]
    values = {"name": "pics", "pages": "all", "output": output, "renditions": renditions}
    result = Preview(pipeline_settings.parse(values)).image(tmp_path / "scan.tif", "scan.tif", tmp_path / "out")
    assert result["warnings"] == ["3 pages"]
    shown = [Image.open(each["path"]).convert("RGB").getpixel((30, 20)) for each in result["outputs"]]
    assert [Path(each["path"]).name for each in result["outputs"]] == [f"scan-{page}-web.png" for page in (1, 2, 3)]
    assert shown == [(255, 0, 0), (0, 255, 0), (0, 0, 255)]


def test_no_file_that_is_previewed_is_replaced(capsys, tmp_path, photo):
    other, linked = tmp_path / "photo-resized.jpg", tmp_path / "out"
    other.write_bytes(saved(gradient((300, 200)), "JPEG"))
    linked.symlink_to(tmp_path)
    before = {path: path.read_bytes() for path in (photo, other)}
    for out in (tmp_path, linked):
        code, (refused, stored) = preview(capsys, photo, other, "--out", out)
        assert code == 3
        assert (refused["outcome"], refused["error"], refused["outputs"]) == ("failed", "UnsafeTarget", [])
        says = f"{out}/photo-resized.jpg would replace the input {other}: pass another --out"
        assert refused["reason"] == says
        assert stored["outcome"] == "stored"
        assert {path: path.read_bytes() for path in before} == before
    assert not (tmp_path / "photo-thumb.jpg").exists()


def test_no_input_is_replaced_by_the_page(capsys, tmp_path, photo):
    page = photo.rename(tmp_path / "index.html")
    before = page.read_bytes()
    assert main(["preview", str(page), "--out", str(tmp_path), "--html"]) == 2
    assert f"{page} would replace the input {page}: pass another --out" in capsys.readouterr().err
    assert page.read_bytes() == before


def keyed(tmp_path, photo, key):
    """What becomes of a photo with a template of keys; the folder of outputs is two levels down."""
    rendition = {"name": "web", "width": 60, "height": 60, "watermark": False}
    values = {"name": "pics", "output": {"key": key}, "renditions": [rendition]}
    out = tmp_path / "a" / "b"
    return out, Preview(pipeline_settings.parse(values)).image(photo, "photo.jpg", out)


def test_a_key_that_begins_with_a_slash_is_below_the_folder(tmp_path, photo):
    out, found = keyed(tmp_path, photo, f"/{tmp_path}/{{stem}}-{{rendition}}{{ext}}")
    assert found["outcome"] == "stored"
    assert [each["path"] for each in found["outputs"]] == [f"{out}{tmp_path}/photo-web.jpg"]
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["photo.jpg"]


def test_what_would_be_outside_the_folder_is_refused(tmp_path, photo):
    out, found = keyed(tmp_path, photo, "../../{stem}-{rendition}{ext}")
    assert (found["outcome"], found["error"]) == ("failed", "UnsafeTarget")
    assert found["reason"] == f"{out}/../../photo-web.jpg would be outside {out}: change output.key in pipeline.yaml"
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["photo.jpg"]
