"""Which of several places of a field counts, and what is never kept."""

import pytest
from kit.metadata_files import (
    FORMS,
    FULL_IIM,
    LIGHTROOM,
    OWNER,
    SECRET,
    everything,
    iim,
    packet,
)

from services.resize.metadata.blocks import Blocks, blocks_of
from services.resize.metadata.kept import copyright_of
from shared.messages import Copyright

STALE = b"\1" * 16


def xmp(creator=None, credit=None):
    names = f"<dc:creator><rdf:Seq><rdf:li>{creator}</rdf:li></rdf:Seq></dc:creator>" if creator else ""
    return packet(names + (f"<photoshop:Credit>{credit}</photoshop:Credit>" if credit else ""))


@pytest.mark.parametrize("form", FORMS)
def test_a_file_with_everything_gives_the_owner_and_nothing_else(form):
    found = copyright_of(None, blocks_of(everything(form)))
    assert found == OWNER
    assert SECRET not in repr(found)


def test_iim_alone_is_enough():
    assert copyright_of(None, Blocks(iim=FULL_IIM)) == Copyright(
        artist=OWNER.artist, copyright=OWNER.copyright, credit=OWNER.credit, source=OWNER.source
    )


def test_without_any_field_there_is_no_copyright():
    assert copyright_of(None, Blocks(xmp=packet("<dc:title>x</dc:title>"), iim=iim((90, "Paris")))) is None


def test_exif_takes_precedence_field_by_field():
    found = copyright_of(Copyright(copyright="© Exif"), Blocks(xmp=LIGHTROOM))
    assert (found.artist, found.copyright) == (OWNER.artist, "© Exif")


@pytest.mark.parametrize(
    ("digest", "counts"),
    [(b"", "Xmp"), (bytes(16), "Xmp"), (STALE, "Iim")],
    ids=["none", "zeros, as Photoshop writes without IIM", "of other records"],
)
def test_xmp_takes_precedence_unless_iim_was_changed_since(digest, counts):
    blocks = Blocks(xmp=xmp("Xmp", "Xmp"), iim=iim((80, "Iim"), (110, "Iim")), iim_digest=digest)
    found = copyright_of(None, blocks)
    assert (found.artist, found.credit) == (counts, counts)


def test_a_changed_iim_that_lacks_a_field_leaves_it_to_xmp():
    blocks = Blocks(xmp=xmp("Xmp", "Xmp"), iim=iim((110, "Iim")), iim_digest=STALE)
    assert copyright_of(None, blocks) == Copyright(artist="Xmp", credit="Iim")


def test_a_name_that_iim_had_to_cut_is_taken_in_full():
    name = "Ada Ñandú of the Long-Named Agency"
    cut = name.encode()[:32].decode()
    assert copyright_of(None, Blocks(xmp=xmp(name), iim=iim((80, cut)), iim_digest=STALE)).artist == name
    other = "B" + cut[1:]
    assert copyright_of(None, Blocks(xmp=xmp(name), iim=iim((80, other)), iim_digest=STALE)).artist == other


@pytest.mark.parametrize("utf_8", [True, False])
def test_iim_is_utf_8_where_it_says_so_and_latin_1_elsewhere(utf_8):
    assert copyright_of(None, Blocks(iim=iim((80, "Ada Ñandú"), utf_8=utf_8))).artist == "Ada Ñandú"


def test_utf_8_is_recognized_without_a_word_about_it():
    assert copyright_of(None, Blocks(iim=iim((80, "山田")).replace(b"\x1b%G", b"\x1b%A"))).artist == "山田"


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "ftp://example.com",
        "www.example.com",
        "https://a b",
        "https://a/" + "x" * 500,
        'https://a"b',
    ],
)
def test_only_whole_addresses_of_pages_are_kept(address):
    statement = address.replace('"', "&quot;")
    assert copyright_of(None, Blocks(xmp=packet("", f'xmpRights:WebStatement="{statement}"'))) is None


def test_every_field_is_one_bounded_line():
    text = "A\nB\x7f" + "y" * 5000
    found = copyright_of(None, Blocks(xmp=xmp(text, text), iim=iim((115, text), (116, text))))
    for field in (found.artist, found.copyright, found.credit, found.source):
        assert field.startswith("A B yyy")
        assert len(field) == 200
        assert field.isprintable()
