"""What all tests share."""

from hypothesis import settings

# A busy machine must fail no test: none is timed.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
