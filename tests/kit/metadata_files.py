"""Files with every kind of metadata: who owns the picture, and much that must never be passed on."""

import hashlib
import io
import struct

from kit.pictures import gradient, saved
from PIL import Image, PngImagePlugin, TiffImagePlugin

from shared.messages import Copyright

# In every field that is not kept.
SECRET = "SECRET-48.858N"
AI = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
OWNER = Copyright(
    artist="Ada Ñandú; 山田",
    copyright="© 2026 Ada & <Söhne>",
    credit="Ada/Agentur",
    source="Agentur Süd",
    web_statement="https://example.com/rights?a=1&b=2",
    licensor_url="https://example.com/license",
)
FORMS = ("JPEG", "PNG", "WEBP", "AVIF", "TIFF", "GIF", "JPEG2000")

NAMESPACES = """
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"
 xmlns:xmpRights="http://ns.adobe.com/xap/1.0/rights/" xmlns:plus="http://ns.useplus.org/ldf/xmp/1.0/"
 xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" xmlns:exif="http://ns.adobe.com/exif/1.0/"
 xmlns:Iptc4xmpCore="http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/" xmlns:aux="http://ns.adobe.com/exif/1.0/aux/"
 xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/" xmlns:stRef="http://ns.adobe.com/xap/1.0/sType/ResourceRef#"
"""


def packet(elements="", attributes=""):
    """An XMP packet with these properties, as elements and as attributes."""
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Adobe XMP Core 7.0">\n'
        ' <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
        f'  <rdf:Description rdf:about="" {NAMESPACES} {attributes}>{elements}</rdf:Description>\n'
        " </rdf:RDF>\n"
        '</x:xmpmeta>\n<?xpacket end="w"?>'
    ).encode()


# As Lightroom 14 writes it: simple properties as attributes, others as elements.
LIGHTROOM = packet(
    """
   <dc:creator><rdf:Seq><rdf:li>Ada Ñandú</rdf:li><rdf:li>山田</rdf:li></rdf:Seq></dc:creator>
   <dc:rights><rdf:Alt><rdf:li xml:lang="de">(nicht)</rdf:li>
    <rdf:li xml:lang="x-default">© 2026 Ada &amp; &lt;Söhne&gt;</rdf:li></rdf:Alt></dc:rights>
   <dc:subject><rdf:Bag><rdf:li>SECRET-48.858N</rdf:li></rdf:Bag></dc:subject>
   <plus:Licensor><rdf:Seq><rdf:li plus:LicensorName="SECRET-48.858N"
     plus:LicensorURL="https://example.com/license"/></rdf:Seq></plus:Licensor>
   <Iptc4xmpCore:AltTextAccessibility><rdf:Alt><rdf:li xml:lang="x-default">A boat on a lake</rdf:li>
    <rdf:li xml:lang="de">Ein Boot</rdf:li></rdf:Alt></Iptc4xmpCore:AltTextAccessibility>
   <Iptc4xmpCore:CreatorContactInfo Iptc4xmpCore:CiEmailWork="SECRET-48.858N"/>
   <xmpMM:Ingredients><rdf:Bag><rdf:li><rdf:Description><dc:creator><rdf:Seq><rdf:li>SECRET-48.858N</rdf:li>
    </rdf:Seq></dc:creator></rdf:Description></rdf:li></rdf:Bag></xmpMM:Ingredients>
    """,
    f"""exif:GPSLatitude="{SECRET}" aux:SerialNumber="{SECRET}" aux:OwnerName="{SECRET}" photoshop:Credit="Ada/Agentur"
    photoshop:Source="Agentur Süd" photoshop:City="{SECRET}" Iptc4xmpExt:DigitalSourceType="{AI}"
    xmpRights:WebStatement="https://example.com/rights?a=1&amp;b=2" """,
)


def dataset(record, number, value):
    return struct.pack(">BBBH", 0x1C, record, number, len(value)) + value


def iim(*texts, utf_8=True):
    """Records of IPTC IIM: pairs of a dataset and its text."""
    coded = dataset(1, 90, b"\x1b%G") if utf_8 else b""
    records = (dataset(2, number, text.encode("utf-8" if utf_8 else "latin-1")) for number, text in texts)
    return coded + dataset(2, 0, b"\0\4") + b"".join(records)


FULL_IIM = iim(
    *((80, name) for name in ("Ada Ñandú", "山田")),
    *((110, "Ada/Agentur"), (115, "Agentur Süd"), (116, "© 2026 Ada & <Söhne>")),
    *((90, SECRET), (120, SECRET), (25, SECRET)),
)


def resource(number, data):
    return b"8BIM" + struct.pack(">HHI", number, 0, len(data)) + data + b"\0" * (len(data) % 2)


def photoshop(records=FULL_IIM, digest=None):
    """Photoshop's resources with IIM, and the digest that says it is in step with XMP."""
    md5 = hashlib.md5(records, usedforsecurity=False).digest() if digest is None else digest
    return resource(0x03ED, bytes(16)) + resource(0x0404, records) + resource(0x0425, md5)


def segment(marker, body):
    return bytes([0xFF, marker]) + struct.pack(">H", 2 + len(body)) + body


def jumbf():
    """The head of a store of C2PA manifests."""
    uuid = bytes.fromhex("6332706100110010800000AA00389B71")
    description = struct.pack(">I4s", 30, b"jumd") + uuid + b"\3c2pa\0"
    return struct.pack(">I4s", 8 + len(description), b"jumb") + description


def exif(artist=None, notice=None):
    """EXIF with place, serial number and owner of the camera."""
    block = Image.Exif()
    block[0x010F] = SECRET
    if artist is not None:
        block[0x013B] = artist.encode()
    if notice is not None:
        block[0x8298] = notice.encode()
    block.get_ifd(0x8825).update({1: "N", 2: (48.0, 51.0, 29.0), 29: SECRET})
    block.get_ifd(0x8769).update({0xA431: SECRET, 0xA430: SECRET})
    return block.tobytes()


def with_blocks(form, *, xmp=b"", resources=b"", c2pa=b"", exif=b"", image=None):
    """A file of a format with these blocks, as far as the format has them."""
    image = image or gradient()
    options = {"exif": exif} if exif and form not in {"GIF", "JPEG2000", "TIFF"} else {}
    return _WRITERS.get(form, _with_boxes)(image, form, xmp, resources, c2pa, **options)


def _jpeg(image, form, xmp, resources, c2pa, **options):
    data = saved(image, form, **options)
    parts = [segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + xmp)] if xmp else []
    parts += [segment(0xED, b"Photoshop 3.0\0" + resources)] if resources else []
    parts += [segment(0xEB, b"JP\0\1\0\0\0\1" + c2pa)] if c2pa else []
    at = 4 + struct.unpack_from(">H", data, 4)[0]
    return data[:at] + b"".join(parts) + data[at:]


def _png(image, form, xmp, resources, c2pa, **options):
    text = PngImagePlugin.PngInfo()
    if xmp:
        text.add_itxt("XML:com.adobe.xmp", xmp.decode())
    if resources:  # as ImageMagick does
        text.add_text("Raw profile type 8bim", f"\n8bim\n{len(resources):8}\n{resources.hex()}\n", zip=True)
    if c2pa:
        text.add(b"caBX", c2pa)
    return saved(image, form, pnginfo=text, **options)


def _tiff(image, form, xmp, resources, c2pa, **options):
    directory = TiffImagePlugin.ImageFileDirectory_v2()
    for tag, value in ((700, xmp), (34377, resources), (0xCD41, c2pa)):
        if value:
            directory[tag] = value
            directory.tagtype[tag] = 7
    return saved(image, form, tiffinfo=directory, **options)


def _gif(image, form, xmp, resources, c2pa, **options):
    data = saved(image, form, **options)
    at = 13 + 3 * 256
    xmp = b"!\xff\x0bXMP DataXMP" + xmp + b"\1" + bytes(range(255, -1, -1)) + b"\0" if xmp else b""
    parts = (c2pa[start : start + 255] for start in range(0, len(c2pa), 255))
    blocks = b"".join(bytes([len(part)]) + part for part in parts)
    c2pa = b"!\xff\x0bC2PA_GIF\1\0\0" + blocks + b"\0" if c2pa else b""
    return data[:at] + xmp + c2pa + data[at:]


def _webp(image, form, xmp, resources, c2pa, **options):
    data = saved(image, form, **options, **({"xmp": xmp} if xmp else {}))
    more = b"C2PA" + struct.pack("<I", len(c2pa)) + c2pa + b"\0" * (len(c2pa) % 2) if c2pa else b""
    return data[:4] + struct.pack("<I", len(data) + len(more) - 8) + data[8:] + more


def _with_boxes(image, form, xmp, resources, c2pa, **options):
    data = saved(image, form, **options, **({"xmp": xmp} if xmp and form == "AVIF" else {}))
    uuids = [(bytes.fromhex("BE7ACFCB97A942E89C71999491E3AFAC"), xmp)] if xmp and form == "JPEG2000" else []
    head = bytes(4) + b"manifest\0" + bytes(8)
    uuids += [(bytes.fromhex("D8FEC3D61B0E483C92975828877EC481"), head + c2pa)] if c2pa else []
    return data + b"".join(struct.pack(">I4s", 24 + len(body), b"uuid") + uuid + body for uuid, body in uuids)


_WRITERS = {"JPEG": _jpeg, "PNG": _png, "TIFF": _tiff, "GIF": _gif, "WEBP": _webp}


def everything(form, image=None):
    """A file of a format with all of it."""
    return with_blocks(
        form, xmp=LIGHTROOM, resources=photoshop(), c2pa=jumbf(), exif=exif(OWNER.artist, OWNER.copyright), image=image
    )


def opens(data):
    """Whether Pillow reads the picture."""
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        return True
