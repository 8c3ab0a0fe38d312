"""Destroying takes everything, and nothing by mistake. The last of the tests here: after it nothing is deployed."""

import pytest

from ops.aws.leftovers import everything
from ops.deploy import bootstrap
from ops.deploy.roots import PLATFORM
from ops.errors import CommandError


def test_a_bucket_that_holds_images_is_not_destroyed(rehearsal):
    s3, names = rehearsal.account.client("s3"), rehearsal.account.names
    s3.put_object(Bucket=names.output_bucket, Key="kept.jpg", Body=b"an image")
    with pytest.raises(CommandError, match=rf"s3://{names.name}-(input|output)-\S+ is not empty: EMPTY=1 deletes"):
        rehearsal.delivery.destroy([PLATFORM])
    assert s3.get_object(Bucket=names.output_bucket, Key="kept.jpg")["Body"].read() == b"an image"


def test_the_states_bucket_stays_while_anything_is_deployed(rehearsal):
    with pytest.raises(
        CommandError, match=r"platform is still there, and its state is s3://\S+/platform\.tfstate: make destroy"
    ):
        bootstrap.take_away(rehearsal.delivery)


def test_nothing_is_left_after_everything_is_destroyed(rehearsal):
    assert len(everything(rehearsal.account)) > len(("buckets", "queues", "functions"))
    assert rehearsal.take_away() == []
