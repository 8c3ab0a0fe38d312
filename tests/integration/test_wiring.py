"""How a function sees the machine that it runs on."""

import os

import pytest

from shared.aws.wiring import cores


@pytest.mark.parametrize(
    ("memory_mb", "there", "images"),
    [
        ("512", 2, 1),
        ("1769", 2, 1),
        ("3537", 2, 1),
        ("3538", 2, 2),
        ("10240", 6, 5),
        ("10240", 2, 2),
        ("", 4, 4),
        ("much", 4, 4),
        ("1769", None, 1),
    ],
)
def test_no_more_images_are_processed_at_once_than_memory_pays_cores_for(memory_mb, there, images, monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: there)
    assert cores({"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": memory_mb}) == images


def test_without_lambda_every_core_works(monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    assert cores({}) == 3
