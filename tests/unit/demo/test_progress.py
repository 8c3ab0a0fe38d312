"""How far the demo's images are, in words."""

from ops.demo.run import progress


def test_each_service_and_failures_are_counted(result):
    made = [
        result("1.jpg"),
        result("2.jpg"),
        result("bad.jpg", "failed", "UnreadableImage", "x"),
        result("3.jpg", None),
    ]
    rows = {each.uploaded.image_id: each.row for each in made}
    assert progress(rows, 5) == "resize 4/5   watermark 0/5   store 0/5   failed 1"
