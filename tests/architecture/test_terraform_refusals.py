"""What Python refuses of pipeline.yaml, a plan refuses too: by name, value and what is allowed."""

import pytest
import yaml

from ops import settings as pipeline_settings
from shared.errors import BadSetting


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("name: Photos", 'name is "Photos"; allowed: 2 to 24'),
        ("name: photos\nnmae: x", "has a section that is none"),
        ("name: photos\nstages: {shrink: {}}", "stages has a service that is none"),
        ("name: photos\nstages: {resize: {memory: 1}}", "stages.resize.memory is no setting"),
        ("name: photos\nstages: {store: {memory_mb: 127}}", "stages.store.memory_mb is 127; allowed"),
        ("name: photos\nstages: {store: {timeout_seconds: '60'}}", 'stages.store.timeout_seconds is "60"; allowed'),
        ("name: photos\nstages: {store: {batch_size: 1.5}}", "stages.store.batch_size is 1.5; allowed"),
        ("name: photos\nstages: {resize: {max_receive_count: 5}}", "stages.resize.max_receive_count is 5; allowed"),
        ("name: photos\nretention: {dlq_days: 15}", "retention.dlq_days is 15; allowed"),
        ("name: photos\nretention: {days: 15}", "retention.days is no setting"),
        ("name: photos\nretention: {work_days: 14}", "retention.work_days is 14; allowed: more than dlq_days (14)"),
        ("name: photos\nlimits: {seconds: 56}", "limits.seconds is 56; allowed: at least 5 less than"),
    ],
)
def test_what_python_refuses_terraform_refuses_by_name(derive, line, words):
    with pytest.raises(BadSetting):
        pipeline_settings.parse(yaml.safe_load(line))
    ran = derive.apply(line)
    assert ran.returncode != 0
    assert words in " ".join(ran.stderr.replace("│", " ").split()), ran.stderr
