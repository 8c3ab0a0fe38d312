"""The labels of Rekognition's moderation, version 7, as settings may name them. Words only: no Pillow, no AWS.

https://docs.aws.amazon.com/rekognition/latest/dg/moderation-api.html
"""

from collections.abc import Mapping
from typing import Final

# Each top-level label with its children, and their children. An unknown label would reject nothing, and nobody would
# notice: so it is refused.
TAXONOMY: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "Explicit": {
        "Explicit Nudity": (
            "Exposed Male Genitalia",
            "Exposed Female Genitalia",
            "Exposed Buttocks or Anus",
            "Exposed Female Nipple",
        ),
        "Explicit Sexual Activity": (),
        "Sex Toys": (),
    },
    "Non-Explicit Nudity of Intimate parts and Kissing": {
        "Non-Explicit Nudity": (
            "Bare Back",
            "Exposed Male Nipple",
            "Partially Exposed Buttocks",
            "Partially Exposed Female Breast",
            "Implied Nudity",
        ),
        "Obstructed Intimate Parts": ("Obstructed Female Nipple", "Obstructed Male Genitalia"),
        "Kissing on the Lips": (),
    },
    "Swimwear or Underwear": {"Female Swimwear or Underwear": (), "Male Swimwear or Underwear": ()},
    "Violence": {
        "Weapons": (),
        "Graphic Violence": (
            "Weapon Violence",
            "Physical Violence",
            "Self-Harm",
            "Blood & Gore",
            "Explosions and Blasts",
        ),
    },
    "Visually Disturbing": {
        "Death and Emaciation": ("Emaciated Bodies", "Corpses"),
        "Crashes": ("Air Crash",),
    },
    "Drugs & Tobacco": {"Products": ("Pills",), "Drugs & Tobacco Paraphernalia & Use": ("Smoking",)},
    "Alcohol": {"Alcohol Use": ("Drinking",), "Alcoholic Beverages": ()},
    "Rude Gestures": {"Middle Finger": ()},
    "Gambling": {},
    "Hate Symbols": {"Nazi Party": (), "White Supremacy": (), "Extremist": ()},
}

LABELS: Final = (
    *TAXONOMY,
    *(second for beneath in TAXONOMY.values() for second in beneath),
    *(third for beneath in TAXONOMY.values() for thirds in beneath.values() for third in thirds),
)
