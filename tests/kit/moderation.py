"""A moderator in memory, and labels for it to find."""

import io
from datetime import UTC, datetime

from PIL import Image

from services.resize.moderation import ModerationPolicy
from services.resize.settings import Moderation
from shared.ports import Label, Labels

NOW = datetime(2026, 1, 1, 0, 0, 9, tzinfo=UTC)


def labels(*found, model="7.0"):
    """A moderator's answer with these labels, each as (name, parent, confidence)."""
    return Labels(
        found=tuple(Label(name=name, parent=parent, confidence=confidence) for name, parent, confidence in found),
        model=model,
    )


NOTHING = labels()
GORE = labels(
    ("Violence", "", 97.31), ("Graphic Violence", "Violence", 97.31), ("Blood & Gore", "Graphic Violence", 97.31)
)
DRINK = labels(("Alcohol", "", 88.0), ("Alcoholic Beverages", "Alcohol", 88.0))


class Watcher:
    """A moderator that keeps what it was shown, and answers what it was given; the last answer is repeated."""

    def __init__(self, *sees):
        self.sees = list(sees) or [NOTHING]
        self.jpegs, self.least = [], None

    def labels(self, jpeg, *, least):
        self.jpegs.append(jpeg)
        self.least = least
        seen = self.sees[min(len(self.jpegs), len(self.sees)) - 1]
        if isinstance(seen, Exception):
            raise seen
        return seen

    @property
    def pictures(self):
        return [Image.open(io.BytesIO(jpeg)) for jpeg in self.jpegs]


def policy(watcher=None, **settings):
    return ModerationPolicy(moderator=watcher or Watcher(), settings=Moderation(**settings), now=lambda: NOW)
