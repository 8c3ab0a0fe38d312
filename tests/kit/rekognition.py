"""A placeholder for Rekognition that speaks its wire format: JSON 1.1, two operations, AWS's errors."""

import base64
import io
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from PIL import Image

LABELS = "RekognitionService.DetectModerationLabels"
FACES = "RekognitionService.DetectFaces"

# https://docs.aws.amazon.com/rekognition/latest/dg/limits.html
MAX_BYTES = 5 * 1024**2
SIDES_PX = range(80, 10_001)

CLEAN = {"ModerationLabels": [], "ModerationModelVersion": "7.0", "ContentTypes": []}

# As it was recorded for https://docs.aws.amazon.com/rekognition/latest/dg/moderation.html
SMOKING = {
    "ModerationLabels": [
        {
            "Confidence": 99.44782257080078,
            "Name": "Smoking",
            "ParentName": "Drugs & Tobacco Paraphernalia & Use",
            "TaxonomyLevel": 3,
        },
        {
            "Confidence": 99.44782257080078,
            "Name": "Drugs & Tobacco Paraphernalia & Use",
            "ParentName": "Drugs & Tobacco",
            "TaxonomyLevel": 2,
        },
        {"Confidence": 99.44782257080078, "Name": "Drugs & Tobacco", "ParentName": "", "TaxonomyLevel": 1},
    ],
    "ModerationModelVersion": "7.0",
    "ContentTypes": [{"Confidence": 99.9999008178711, "Name": "Illustrated"}],
}

GORE = {
    "ModerationLabels": [
        {"Confidence": 97.3104, "Name": name, "ParentName": parent, "TaxonomyLevel": level}
        for level, (name, parent) in enumerate(
            [("Violence", ""), ("Graphic Violence", "Violence"), ("Blood & Gore", "Graphic Violence")], start=1
        )
    ],
    "ModerationModelVersion": "7.0",
    "ContentTypes": [],
}

# As it is documented for https://docs.aws.amazon.com/rekognition/latest/APIReference/API_DetectFaces.html
NOBODY = {"FaceDetails": []}


def faces(*boxes):
    """The answer of faces at (left, top, width, height), shares of the picture."""
    names = ("Left", "Top", "Width", "Height")
    return {
        "FaceDetails": [
            {"BoundingBox": dict(zip(names, box, strict=True)), "Confidence": 99.98, "Landmarks": [], "Quality": {}}
            for box in boxes
        ]
    }


def error(kind, message, status=400):
    """An error in the service's form."""
    return status, {"__type": kind, "message": message}


def denied(action):
    """The error where no policy allows an action."""
    role = "arn:aws:sts::123456789012:assumed-role/image-pipeline-resize/image-pipeline-resize"
    return (
        400,
        {
            "__type": "AccessDeniedException",
            "Message": f"User: {role} is not authorized to perform: {action} because no identity-based policy allows"
            f" the {action} action",
        },
    )


DENIED = denied("rekognition:DetectModerationLabels")
THROTTLED = error("ThrottlingException", "Rate exceeded")
EXHAUSTED = error("ProvisionedThroughputExceededException", "Provisioned rate exceeded")
BROKEN = error("InternalServerError", "Internal server error", status=500)
TOO_LARGE = error("ImageTooLargeException", "Image size is too large")
BAD_FORMAT = error("InvalidImageFormatException", "Request has invalid image format")
BAD_PARAMETERS = error("InvalidParameterException", "Request has invalid parameters")


def red_is(found, otherwise=CLEAN):
    """An answer that depends on the picture: `found` for one that is red all over."""

    def answer(picture):
        red, green, blue = picture.convert("RGB").resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
        return 200, found if red > 150 and max(green, blue) < 90 else otherwise

    return answer


class Rekognition:
    """Requests received, and the answers to them.

    Attributes:
        answer: a picture to (status, body), of DetectModerationLabels.
        faces: the same of DetectFaces.
        targets: names of the operations, as requested.
        requests: bodies of the requests, as received.
        pictures: the pictures in them, decoded.
        wrong: defects for which the service would have refused the request.
        endpoint: the URL.
    """

    def __init__(self, port):
        self.endpoint = f"http://127.0.0.1:{port}"
        self.answer = lambda _: (200, CLEAN)
        self.faces = lambda _: (200, NOBODY)
        self.targets = []
        self.requests, self.pictures, self.wrong = [], [], []

    def reply(self, headers, body):
        """The (status, body) to one request."""
        target = headers.get("X-Amz-Target")
        self.targets.append(target)
        self.wrong += [
            f"{name}: {headers.get(name)}"
            for name, wanted in (("X-Amz-Target", (LABELS, FACES)), ("Content-Type", ("application/x-amz-json-1.1",)))
            if headers.get(name) not in wanted
        ]
        if "/rekognition/aws4_request" not in headers.get("Authorization", ""):
            self.wrong.append("the request is not signed for rekognition")
        request = json.loads(body)
        self.requests.append(request)
        data = base64.b64decode(request["Image"]["Bytes"], validate=True)
        if not 1 <= len(data) <= MAX_BYTES:
            return BAD_PARAMETERS
        try:
            picture = Image.open(io.BytesIO(data), formats=("JPEG", "PNG"))
            picture.load()
        except OSError:
            return BAD_FORMAT
        self.pictures.append(picture)
        if not all(side in SIDES_PX for side in picture.size):
            return BAD_PARAMETERS
        if target == FACES:
            return self.faces(picture)
        status, answer = self.answer(picture)
        if status == 200:
            least = request.get("MinConfidence", 50)
            kept = [label for label in answer["ModerationLabels"] if label["Confidence"] >= least]
            answer = {**answer, "ModerationLabels": kept}
        return status, answer


@contextmanager
def running():
    """A placeholder for as long as the context lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, answer = service.reply(self.headers, body)
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("x-amzn-RequestId", "11111111-2222-3333-4444-555555555555")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service = Rekognition(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
