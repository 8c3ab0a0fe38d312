"""`pipeline doctor` on a wrong pipeline.yaml."""

import json

from ops.cli.main import main
from ops.errors import Exit


def test_each_wrong_setting_is_a_finding_of_its_own(tmp_path, capsys):
    path = tmp_path / "pipeline.yaml"
    path.write_text("name: pics\nlimits: {pixel: 1, frames: 0}\n", encoding="utf-8")
    assert main(["doctor", "--settings", str(path), "--output", "json"]) == Exit.FAILURE
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [each["found"].partition(";")[0] for each in found] == [
        "limits.pixel is not a setting",
        "limits.frames is 0",
    ]
    assert {(each["level"], each["where"]) for each in found} == {("problem", str(path))}
