"""Faces on Rekognition's wire, and through the real handlers."""

import io

import pytest
from kit import rekognition
from kit.pictures import grain, saved
from PIL import Image

from ops import settings as pipeline_settings
from shared.aws import clients
from shared.aws.faces import RekognitionFaces
from shared.errors import AwsUnavailable, ModerationRefused

CROWD = Image.merge("RGB", [grain((400, 300), 60, seed) for seed in range(3)])
PICTURE = saved(CROWD, "PNG")


@pytest.fixture
def service(aws, monkeypatch):
    """A placeholder for Rekognition, where the SDK looks for it; and no pauses between the SDK's own attempts."""
    with rekognition.running() as running:
        monkeypatch.setenv("AWS_ENDPOINT_URL_REKOGNITION", running.endpoint)
        monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
        yield running
        assert running.wrong == []


def jpeg():
    return saved(CROWD, "JPEG")


def test_boxes_are_read_as_left_top_right_bottom(service):
    service.faces = lambda _: (200, rekognition.faces((0.5, 0.25, 0.125, 0.5), (-0.1, 0.9, 0.2, 0.3)))
    assert RekognitionFaces(clients.rekognition).faces(jpeg()) == (
        pytest.approx((0.5, 0.25, 0.625, 0.75)),
        pytest.approx((-0.1, 0.9, 0.1, 1.2)),
    )
    (request,) = service.requests
    assert set(request) == {"Image", "Attributes"}
    assert set(request["Image"]) == {"Bytes"}
    assert request["Attributes"] == ["DEFAULT"]


@pytest.mark.parametrize("answer", [rekognition.THROTTLED, rekognition.BROKEN, rekognition.EXHAUSTED])
def test_what_may_pass_is_tried_again(service, answer):
    service.faces = lambda _: answer
    with pytest.raises(AwsUnavailable, match="asking Rekognition for faces: "):
        RekognitionFaces(clients.rekognition).faces(jpeg())


@pytest.mark.parametrize("answer", [rekognition.TOO_LARGE, rekognition.BAD_FORMAT, rekognition.BAD_PARAMETERS])
def test_a_picture_that_is_not_taken_is_not_shown_again(service, answer):
    service.faces = lambda _: answer
    with pytest.raises(ModerationRefused, match=answer[1]["__type"]):
        RekognitionFaces(clients.rekognition).faces(jpeg())
    assert len(service.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [{}, {"FaceDetails": [{}]}, {"FaceDetails": [{"BoundingBox": {"Left": 0.1, "Top": 0.1, "Width": 0.2}}]}],
)
def test_an_answer_that_is_not_understood_lets_no_face_pass(service, answer):
    service.faces = lambda _: (200, answer)
    with pytest.raises(AwsUnavailable, match="the answer is not understood"):
        RekognitionFaces(clients.rekognition).faces(jpeg())


def test_no_output_has_a_face_where_they_are_blurred(service, pipeline):
    section = {"enabled": True, "faces": "blur"}
    renditions = [{"name": "web", "width": 400, "height": 400, "watermark": False, "format": "png"}]
    pipeline.settings = pipeline_settings.parse(
        {"name": pipeline.aws.names.name, "moderation": section, "renditions": renditions}
    )
    service.faces = lambda _: (200, rekognition.faces((0.6, 0.2, 0.2, 0.3)))
    pipeline.upload("crowd.png", PICTURE)
    pipeline.run()
    assert pipeline.outputs() == ["crowd-web.png"]
    assert sorted(service.targets) == [rekognition.FACES, rekognition.LABELS]
    body = pipeline.aws.s3.get_object(Bucket=pipeline.aws.names.output_bucket, Key="crowd-web.png")["Body"].read()
    with Image.open(io.BytesIO(body)) as stored:
        # Of fine grain a blurred face has a few colours, and everything else is as it was.
        assert stored.convert("RGB").crop((0, 0, 200, 300)).tobytes() == CROWD.crop((0, 0, 200, 300)).tobytes()
        face = stored.convert("L").crop((240, 60, 320, 150))
        assert face.getextrema()[1] - face.getextrema()[0] < 60


def test_an_image_waits_until_its_faces_are_known(service, pipeline):
    renditions = [{"name": "web", "width": 100, "height": 100, "fit": "cover", "gravity": "faces"}]
    pipeline.settings = pipeline_settings.parse({"name": pipeline.aws.names.name, "renditions": renditions})
    service.faces = lambda _: rekognition.denied("rekognition:DetectFaces")
    pipeline.upload("crowd.png", PICTURE)
    assert len(pipeline.run("resize")["resize"]) == 1
    assert pipeline.intermediate() == []
