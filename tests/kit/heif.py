"""HEIF and AVIF files built box by box: their items contain no picture, so only the box walk can read them."""

import struct


def box(kind, *parts):
    content = b"".join(parts)
    return struct.pack(">I4s", 8 + len(content), kind) + content


def full(kind, *parts, version=0, flags=0):
    return box(kind, struct.pack(">I", version << 24 | flags), *parts)


def ftyp(*brands):
    return box(b"ftyp", brands[0], bytes(4), *brands)


def ispe(width, height):
    return full(b"ispe", struct.pack(">II", width, height))


def hvcc(*, bits=8, chroma=1):
    """The beginning of an HEVC configuration: chroma 0 is monochrome, 1 is 4:2:0."""
    return box(b"hvcC", bytes([1]), bytes(15), bytes([0xFC | chroma, 0xF8 | bits - 8, 0xF8 | bits - 8]), bytes(4))


def av1c(flags):
    return box(b"av1C", bytes([0x81, 0, flags, 0]))


def nclx(primaries, transfer, matrix, full_range=0x80):
    return box(b"colr", b"nclx", struct.pack(">HHHB", primaries, transfer, matrix, full_range))


def auxc(urn):
    return full(b"auxC", urn.encode() + b"\0")


ALPHA = "urn:mpeg:mpegB:cicp:systems:auxiliary:alpha"
DEPTH = "urn:mpeg:hevc:2015:auxid:2"


class Heif:
    """A file under construction.

    Args:
        brands: the brands, with the major one first.
        primary: id of the primary item; None for no pitm.
    """

    def __init__(self, *brands, primary=1):
        self.brands = brands or (b"heic", b"mif1")
        self.primary = primary
        self.infos, self.places, self.properties, self.associations, self.references = [], [], [], [], []
        self.idat = b""
        self.extra = b""
        self.tracks = b""

    def item(self, id_, type_, *properties, data=b"", hidden=False, place=None):
        """Add an item with its properties; its data is in idat, unless a place of (method, offset, length) is given."""
        name = b"application/rdf+xml\0" if type_ == b"mime" else b""
        self.infos.append(full(b"infe", struct.pack(">HH4s", id_, 0, type_), b"\0", name, version=2, flags=int(hidden)))
        method, offset, length = place or (1, len(self.idat), len(data))
        self.idat += data
        self.places.append(struct.pack(">HHHHII", id_, method, 0, 1, offset, length))
        first = len(self.properties) + 1
        self.properties += properties
        indices = bytes(range(first, first + len(properties)))
        self.associations.append(struct.pack(">HB", id_, len(indices)) + indices)
        return self

    def refer(self, kind, source, *targets):
        self.references.append(box(kind, struct.pack(f">HH{len(targets)}H", source, len(targets), *targets)))
        return self

    def grid(self, id_, tiles, columns, rows, size, *properties):
        data = struct.pack(">BBBBHH", 0, 0, rows - 1, columns - 1, *size)
        return self.item(id_, b"grid", ispe(*size), *properties, data=data).refer(b"dimg", id_, *tiles)

    def meta(self):
        return full(
            b"meta",
            full(b"hdlr", bytes(4), b"pict", bytes(13)),
            b"" if self.primary is None else full(b"pitm", struct.pack(">H", self.primary)),
            full(b"iinf", struct.pack(">H", len(self.infos)), *self.infos),
            full(b"iloc", b"\x44\x00", struct.pack(">H", len(self.places)), *self.places, version=1),
            full(b"iref", *self.references) if self.references else b"",
            box(
                b"iprp",
                box(b"ipco", *self.properties),
                full(b"ipma", struct.pack(">I", len(self.associations)), *self.associations),
            ),
            box(b"idat", self.idat) if self.idat else b"",
            self.extra,
        )

    def track(self, entry, samples, *, handler=b"pict", elst=b"", ticks=0, references=b"", size=(64, 48), sizes=None):
        tkhd = full(
            b"tkhd", bytes(16), struct.pack(">I", ticks), bytes(52), struct.pack(">II", size[0] << 16, size[1] << 16)
        )
        stsz = full(b"stsz", struct.pack(">II", 0, samples), bytes(4 * (samples if sizes is None else sizes)))
        stbl = box(b"stbl", full(b"stsd", struct.pack(">I", 1), box(entry, bytes(78))), stsz)
        mdhd = full(b"mdhd", bytes(8), struct.pack(">II", 30, 90))
        mdia = box(b"mdia", mdhd, full(b"hdlr", bytes(4), handler, bytes(13)), box(b"minf", stbl))
        self.tracks += box(b"trak", tkhd, box(b"edts", elst) if elst else b"", references, mdia)
        return self

    def bytes(self):
        moov = box(b"moov", full(b"mvhd", bytes(96)), self.tracks) if self.tracks else b""
        meta = self.meta() if self.infos else b""
        return ftyp(*self.brands) + meta + moov + box(b"mdat", bytes(64))
