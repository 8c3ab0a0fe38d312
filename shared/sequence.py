"""The order of a key's versions: the sequencers of S3's events, compared as S3 documents.

Sequencers are hexadecimal and of any length; the shorter is padded with zeros on the right, and they are compared as
text: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
"""


def padded(sequence: str, length: int) -> str:
    """A sequencer padded to this many digits, which compares as text with others of the same length."""
    return sequence.ljust(length, "0")


def is_newer(one: str, other: str) -> bool:
    """Whether a version comes after another, by their sequencers; False where the order is not known."""
    length = max(len(one), len(other))
    return padded(one, length) > padded(other, length)
