"""The page of a score as the setting: what is counted, and beside what."""

from dataclasses import replace

from kit.pictures import photograph, saved

from bench.quality_target import Found, measured, table

FOUND = Found(
    name="a",
    form="jpeg",
    target=80,
    fixed=74,
    estimate=79.5,
    quality=80,
    target_bytes=150,
    fixed_bytes=100,
    encodings=2,
    cpu_ms=50,
)


def test_a_row_has_the_misses_and_the_bytes_beside_one_quality():
    forms = [replace(FOUND, form=form) for form in ("jpeg", "webp", "avif")]
    other = [replace(each, target=78, fixed=80, target_bytes=50, encodings=4) for each in forms]
    lines = table([*forms, *other], 79).splitlines()
    assert lines[2] == "| jpeg | target | -1.0, +0.0, +1.0 | 1.0 | 0 | 1.00 | 3.0 | 50 | -0.5, +0.5, +1.5 |"
    assert lines[3] == "| jpeg | fixed | -5.0, -2.0, +1.0 | 3.6 | 1 | 1.00 | 1 | | |"


def test_each_format_is_judged_by_its_own_files(tmp_path):
    picture = tmp_path / "a.png"
    picture.write_bytes(saved(photograph((240, 160)), "PNG"))
    judged = []

    def score(_, file):
        judged.append(file.read_bytes())
        return 79.0

    found = list(measured(picture, 200, 79, score))
    assert [each.form for each in found] == ["jpeg", "webp", "avif"]
    assert [len(data) for data in judged] == [size for each in found for size in (each.target_bytes, each.fixed_bytes)]
    assert all(abs(each.estimate - 79) < 3 and 1 <= each.encodings <= 4 for each in found)
