"""Which files of the repository a service needs."""

from dataclasses import replace

import pytest

from ops import settings as pipeline_settings
from ops.errors import CommandError
from ops.packaging import sources

TREE = {
    "services/__init__.py": "",
    "services/watermark/__init__.py": "",
    "services/watermark/handler.py": "from services.watermark.step import mark\nfrom shared import wire\n",
    "services/watermark/step.py": "def mark():\n    from shared.aws.queues import send\n",
    "services/watermark/dead.py": "",
    "services/watermark/fonts/a.ttf": "",
    "services/watermark/fonts/LICENSE": "",
    "services/watermark/fonts/.DS_Store": "",
    "services/watermark/README.md": "",
    "services/watermark/requirements.in": "",
    "services/watermark/requirements.txt": "",
    "services/watermark/__pycache__/step.cpython-311.pyc": "",
    "services/store/__init__.py": "",
    "services/store/handler.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import shared.images\n",
    "shared/__init__.py": "",
    "shared/wire.py": "import json\nfrom . import errors\n",
    "shared/errors.py": "",
    "shared/images.py": "import PIL\n",
    "shared/aws/__init__.py": "",
    "shared/aws/queues.py": "import boto3\n",
    "marks/logo.png": "",
}


@pytest.fixture
def root(tmp_path):
    for name, text in TREE.items():
        path = tmp_path / "repository" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "repository"


def settings(**watermark):
    return replace(pipeline_settings.load(), sections={"watermark": watermark})


def files(service, root, **watermark):
    return [path.as_posix() for path in sources.files_of(service, settings(**watermark), root)]


def test_a_zip_takes_what_imports_lead_to_and_the_data_beside_it(root):
    assert files("watermark", root) == [
        "services/__init__.py",
        "services/watermark/__init__.py",
        "services/watermark/fonts/LICENSE",
        "services/watermark/fonts/a.ttf",
        "services/watermark/handler.py",
        "services/watermark/step.py",
        "shared/__init__.py",
        "shared/aws/__init__.py",
        "shared/aws/queues.py",
        "shared/errors.py",
        "shared/wire.py",
    ]


def test_what_is_imported_for_types_alone_stays_out(root):
    assert files("store", root) == ["services/__init__.py", "services/store/__init__.py", "services/store/handler.py"]


def test_a_package_above_the_clone_is_not_ours(root):
    (root.parent / "__init__.py").touch()
    assert all(not name.startswith("..") for name in files("store", root))


def test_the_watermark_s_image_goes_into_its_zip_alone(root):
    assert "marks/logo.png" in files("watermark", root, image="marks/logo.png")
    assert "marks/logo.png" not in files("store", root, image="marks/logo.png")
    assert "marks/logo.png" not in files("watermark", root, text="a mark")


def test_a_link_goes_in_under_its_own_name(root):
    (root / "logo.png").symlink_to(root / "marks" / "logo.png")
    assert "logo.png" in files("watermark", root, image="logo.png")


@pytest.mark.parametrize("image", ["marks/none.png", "marks", "../outside.png", "/etc/hostname", "link.png", ""])
def test_an_image_that_is_no_file_of_the_repository_is_refused_by_its_setting(root, image):
    outside = root.parent / "outside.png"
    outside.touch()
    (root / "link.png").symlink_to(outside)
    with pytest.raises(CommandError, match=rf"^watermark\.image is '{image}'; it must be a file of this repository"):
        files("watermark", root, image=image)


def imported(text, tmp_path, module="shared.aws.queues"):
    path = tmp_path / "module.py"
    path.write_text(text, encoding="utf-8")
    return set(sources.imported(path, module))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("import a.b", {"a.b"}),
        ("import a.b as c, d", {"a.b", "d"}),
        ("from a import b, c", {"a", "a.b", "a.c"}),
        ("from . import clients", {"shared.aws", "shared.aws.clients"}),
        ("from .clients import s3", {"shared.aws.clients", "shared.aws.clients.s3"}),
        ("from ..wire import text", {"shared.wire", "shared.wire.text"}),
        ("def f():\n    import a", {"a"}),
        ("try:\n    import a\nexcept ImportError:\n    import b", {"a", "b"}),
        ("if TYPE_CHECKING:\n    import a\nelse:\n    import b", {"b"}),
        ("import typing\nif typing.TYPE_CHECKING:\n    import a", {"typing"}),
        ('"""import a"""', set()),
        ('later = {"a": "shared.aws.queues"}', {"shared.aws.queues"}),
        ('later = "services", "shared.", "see shared.wire", "boto3.client"', set()),
    ],
)
def test_imports_are_found_wherever_they_stand(text, names, tmp_path):
    assert imported(text, tmp_path) == names


def test_the_images_of_profiles_go_into_the_zip_too_and_are_named_by_their_place(root):
    profiles = [{"prefix": "a/"}, {"prefix": "b/", "watermark": {"image": "marks/logo.png"}}]
    profiled = replace(settings(text="a mark"), sections={"watermark": {}, "profiles": profiles})
    assert "marks/logo.png" in [path.as_posix() for path in sources.files_of("watermark", profiled, root)]
    profiles[0]["watermark"] = {"image": "marks/none.png"}
    with pytest.raises(CommandError, match=r"^profiles\[0\]\.watermark\.image is 'marks/none.png'"):
        sources.files_of("watermark", profiled, root)
