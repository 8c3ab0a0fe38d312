"""Names, for people, what a file that is not a supported image is, by its first bytes. No Pillow, no AWS."""

import re
import zlib
from typing import Final

# Enough for the names in a ZIP archive, two packets of MPEG, and a licence before the root element of an SVG.
_HEAD_BYTES: Final = 16_384

# Names by the first bytes; where several match, the first one counts.
_MAGIC: Final = (
    # Unsupported image formats.
    (b"8BPS", "a Photoshop file"),
    (b"%!PS", "an EPS or PostScript file"),
    (b"\xc5\xd0\xd3\xc6", "an EPS file"),
    (b"%PDF", "a PDF"),
    (b"\xff\x0a", "a JPEG XL image, which needs extras: [jxl] in pipeline.yaml"),
    (b"\x00\x00\x00\x0cJXL ", "a JPEG XL image, which needs extras: [jxl] in pipeline.yaml"),
    (b"II\xbc\x01", "a JPEG XR image"),
    (b"icns", "a macOS icon (ICNS)"),
    (b"qoif", "a QOI image"),
    (b"DDS ", "a DDS texture"),
    (b"\xabKTX ", "a KTX texture"),
    (b"PVR\x03", "a PVR texture"),
    (b"BLP1", "a BLP texture"),
    (b"BLP2", "a BLP texture"),
    (b"v/1\x01", "an OpenEXR image"),
    (b"#?RADIANCE", "a Radiance HDR image"),
    (b"#?RGBE", "a Radiance HDR image"),
    (b"\x8aMNG\r\n", "an MNG animation"),
    (b"\x8bJNG\r\n", "a JNG image"),
    (b"FLIF", "a FLIF image"),
    (b"BPG\xfb", "a BPG image"),
    (b"gimp xcf", "a GIMP file (XCF)"),
    (b"AT&TFORM", "a DjVu document"),
    (b"SDPX", "a DPX image"),
    (b"XPDS", "a DPX image"),
    (b"\x80\x2a\x5f\xd7", "a Cineon image"),
    (b"\x01\xda", "an SGI image"),
    (b"\x59\xa6\x6a\x95", "a Sun raster image"),
    (b"SIMPLE  =", "a FITS image"),
    (b"/* XPM */", "an XPM image"),
    (b"\xd7\xcd\xc6\x9a", "a Windows metafile (WMF)"),
    (b"\x01\x00\x09\x00\x00\x03", "a Windows metafile (WMF)"),
    (b"\xffWPC", "a WordPerfect file"),
    (b"II\x1a\x00\x00\x00HEAPCCDR", "a camera raw file (Canon CRW)"),
    (b"FOVb", "a camera raw file (Sigma X3F)"),
    (b"\x00MRM", "a camera raw file (Minolta MRW)"),
    # Video and audio.
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "a Windows Media video or audio file (WMV, WMA)"),
    (b"FLV\x01", "a Flash video (FLV)"),
    (b"\x00\x00\x01\xba", "an MPEG video"),
    (b"\x00\x00\x01\xb3", "an MPEG video"),
    (b".RMF", "a RealMedia video"),
    (b"OggS", "an Ogg video or audio file"),
    (b"ID3", "an MP3 audio file"),
    (b"\xff\xfb", "an MP3 audio file"),
    (b"\xff\xf3", "an MP3 audio file"),
    (b"\xff\xf2", "an MP3 audio file"),
    (b"\xff\xf1", "an AAC audio file"),
    (b"\xff\xf9", "an AAC audio file"),
    (b"fLaC", "a FLAC audio file"),
    (b"MThd", "a MIDI file"),
    (b"#!AMR", "an AMR audio file"),
    (b"FWS", "a Flash file (SWF)"),
    (b"CWS", "a Flash file (SWF)"),
    (b"ZWS", "a Flash file (SWF)"),
    # Archives.
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"PK\x07\x08", "a ZIP archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ\x00", "an xz file"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file (zstd)"),
    (b"\x04\x22\x4d\x18", "an LZ4 file"),
    (b"\x1f\x9d", "a compress file (.Z)"),
    (b"MSCF", "a cabinet archive (CAB)"),
    (b"!<arch>", "a Unix archive (ar)"),
    (b"LZIP", "an lzip file"),
    # Files that operating systems leave among pictures.
    (b"\x00\x05\x16\x07", "an AppleDouble file (a ._ file of macOS: metadata of another file)"),
    (b"\x00\x05\x16\x00", "an AppleSingle file"),
    (b"\x00\x00\x00\x01Bud1", "a .DS_Store file of macOS"),
    (b"L\x00\x00\x00\x01\x14\x02\x00", "a Windows shortcut"),
    (b"[InternetShortcut]", "an Internet shortcut"),
    (b"version https://git-lfs.github.com/spec/", "a Git LFS pointer; upload the file that it points to"),
    (b"SQLite format 3\x00", "an SQLite database"),
    # Documents and programs.
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Office file from before 2007 (such as .doc, .xls, .ppt), or Thumbs.db"),
    (b"{\\rtf", "an RTF document"),
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a Linux program"),
    (b"\xcf\xfa\xed\xfe", "a macOS program"),
    (b"\xce\xfa\xed\xfe", "a macOS program"),
    (b"\xca\xfe\xba\xbe", "a Java class or macOS program"),
    (b"\x00asm", "a WebAssembly program"),
    (b"OTTO", "a font"),
    (b"ttcf", "a font"),
    (b"wOFF", "a font"),
    (b"wOF2", "a font"),
    (b"\x00\x01\x00\x00\x00", "a font"),
    (b"AC10", "an AutoCAD drawing (DWG)"),
    (b"BLENDER", "a Blender file"),
    (b"glTF", "a glTF model"),
    (b"-----BEGIN ", "a key or certificate (PEM)"),
    (b"#!", "a script"),
    # Encoded images: what a program wrote in place of the image itself.
    (b"data:image/", "a data URL; upload the bytes that it encodes"),
    (b"/9j/", "a JPEG encoded as base64; upload the decoded bytes"),
    (b"iVBORw0KGgo", "a PNG encoded as base64; upload the decoded bytes"),
    (b"R0lGOD", "a GIF encoded as base64; upload the decoded bytes"),
    (b"UklGR", "a WebP encoded as base64; upload the decoded bytes"),
    (b"HTTP/1.", "an HTTP response with its headers; upload only the body"),
)

# Magic numbers that are not at the beginning.
_MAGIC_AT: Final = (
    (257, b"ustar", "a tar archive"),
    (128, b"DICM", "a DICOM image"),
    (40, b" EMF", "a Windows metafile (EMF)"),
    (12, b"CgBI", "a PNG of an iPhone app (CgBI), which only Apple's software reads"),
    (0x8001, b"CD001", "a disk image (ISO)"),
)

# Brands of ISO base media files (https://mp4ra.org/registered-types/brands), by their first characters.
_BRANDS: Final = (
    (b"qt", "a QuickTime video (MOV)"),
    (b"M4A", "an M4A audio file"),
    (b"M4B", "an M4B audiobook"),
    (b"M4V", "an M4V video"),
    (b"3g", "a 3GP video"),
    (b"jxl", "a JPEG XL image, which needs extras: [jxl] in pipeline.yaml"),
    (b"mif1", "a HEIF image that is neither HEIC nor AVIF"),
    (b"msf1", "a HEIF sequence that is neither HEIC nor AVIF"),
    (b"vvi", "a HEIF image coded with VVC"),
    (b"avc", "a HEIF image coded with AVC"),
    (b"j2ki", "a HEIF image coded with JPEG 2000"),
    (b"jpeg", "a HEIF image coded with JPEG"),
)
# Boxes at the beginning of a QuickTime video without a brand: QuickTime File Format, "Overview of the File Structure".
_QUICKTIME: Final = frozenset({b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"})
_RIFF: Final = {
    b"AVI ": "an AVI video",
    b"WAVE": "a WAV audio file",
    b"ACON": "an animated cursor (ANI)",
    b"RMID": "a MIDI file",
}
_FORM: Final = {b"AIFF": "an AIFF audio file", b"AIFC": "an AIFF audio file", b"ILBM": "an IFF image (ILBM)"}
# Names within a ZIP archive.
_ZIPPED: Final = (
    (b"word/", "a Word document (DOCX)"),
    (b"xl/", "an Excel workbook (XLSX)"),
    (b"ppt/", "a PowerPoint presentation (PPTX)"),
    (b"application/vnd.oasis.opendocument", "an OpenDocument file"),
    (b"application/epub+zip", "an e-book (EPUB)"),
    (b"image/openraster", "an OpenRaster image"),
    (b"application/x-krita", "a Krita image"),
    (b"[Content_Types].xml", "an Office file (such as DOCX, XLSX, PPTX)"),
    (b"AndroidManifest.xml", "an Android app (APK)"),
    (b"META-INF/", "a Java archive (JAR)"),
)

_PNM: Final = re.compile(rb"P[1-7][\s#]")
_XBM: Final = re.compile(rb"#define\s+\S+_width\s")
_PROLOG: Final = re.compile(
    r"\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE(?![^>\[]*html)[^>\[]*(?:\[.*?\]\s*)?>", re.DOTALL | re.IGNORECASE
)
_HTML: Final = re.compile(r"<(!doctype\s+html|html|head|body|script|title|meta)\b", re.IGNORECASE)
_SVG: Final = re.compile(r"<([\w.-]+:)?svg[\s/>]")
_S3_ERROR: Final = re.compile(r"<Error>\s*<Code>([A-Za-z]{1,60})</Code>")
_FORM_DATA: Final = re.compile(r"--[^\r\n]{1,100}\r?\nContent-(Disposition|Type):", re.IGNORECASE)
_TEXT: Final = re.compile(r"[^\x00-\x08\x0e-\x1a\x1c-\x1f\x7f\ufffd]+")

_MPEG_PACKETS: Final = (188, 192, 204)
_TGA_TYPES: Final = frozenset({1, 2, 3, 9, 10, 11})
_TGA_DEPTHS: Final = frozenset({8, 15, 16, 24, 32})
_TGA_FOOTER: Final = b"TRUEVISION-XFILE.\0"


def name_of(data: bytes) -> str:
    """What a file is, with its article, such as "an MP4 video"; with a remedy where there is a short one.

    Args:
        data: the file, or its first bytes.
    """
    head = data[:_HEAD_BYTES]
    trimmed = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for magic, name in _MAGIC:
        if head.startswith(magic) or (trimmed.startswith(magic) and magic.isascii() and magic[0] > 32):  # noqa: PLR2004
            return name
    for at, magic, name in _MAGIC_AT:
        if data.startswith(magic, at):
            return name
    for find in (_container, _archive, _plain_picture, _document):
        found = find(data, head)
        if found is not None:
            return found
    return "an unknown kind of file"


def _container(data: bytes, head: bytes) -> str | None:
    """Video, audio and pictures in boxes, chunks and packets."""
    name = None
    if head[4:8] == b"ftyp":
        name = next((name for brand, name in _BRANDS if head.startswith(brand, 8)), "an MP4 video")
    elif head[4:8] in _QUICKTIME:
        name = "a QuickTime video (MOV)"
    elif head.startswith(b"\x1aE\xdf\xa3"):
        name = "a WebM video" if b"webm" in head[:64] else "a Matroska video (MKV)"
    elif head.startswith((b"RIFF", b"RIFX")):
        name = _RIFF.get(head[8:12], "a RIFF file of an unknown kind")
    elif head.startswith(b"FORM"):
        name = _FORM.get(head[8:12], "an IFF file")
    elif any(all(data[at : at + 1] == b"G" for at in (0, size, 2 * size)) for size in _MPEG_PACKETS) or (
        data[4:5] == data[196:197] == b"G"
    ):
        name = "an MPEG transport stream (TS video)"
    return name


def _archive(data: bytes, head: bytes) -> str | None:
    if head.startswith(b"PK\x03\x04"):
        # The central directory, with all names, is at the end.
        names = head + data[-_HEAD_BYTES:]
        return next((name for magic, name in _ZIPPED if magic in names), "a ZIP archive")
    if head.startswith(b"\x1f\x8b"):
        inner = _gunzipped(head)
        within = f" with {name_of(inner)} in it" if inner.startswith((b"PK", b"%PDF")) or b"<svg" in inner else ""
        return f"a gzip file{within}; upload the image itself, without Content-Encoding: gzip"
    return None


def _gunzipped(head: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=31).decompress(head, 512)
    except zlib.error:
        return b""


def _plain_picture(data: bytes, head: bytes) -> str | None:
    """Pictures in formats with hardly a magic number."""
    name = None
    if _is_icon(data):
        name = "an icon (ICO)" if head[2] == 1 else "a cursor (CUR)"
    elif data.endswith(_TGA_FOOTER) or _is_tga(head):
        name = "a TGA image (Targa)"
    elif len(head) > 3 and head[0] == 10 and head[1] <= 5 and head[2] == 1 and head[3] in {1, 2, 4, 8}:  # noqa: PLR2004
        name = "a PCX image"
    elif head.startswith((b"\x00\x00\x01\x00", b"\x00\x00\x02\x00")):
        name = "an icon (ICO)" if head[2] == 1 else "a cursor (CUR)"
    elif _PNM.match(head):
        name = "a PNM image (PBM, PGM, PPM)"
    elif _XBM.match(head):
        name = "an XBM image"
    return name


def _is_icon(data: bytes) -> bool:
    """Whether there is a directory with at least one picture, the first of which is in the file."""
    if data[:4] not in {b"\x00\x00\x01\x00", b"\x00\x00\x02\x00"} or len(data) < 22:  # noqa: PLR2004 - one entry
        return False
    count = int.from_bytes(data[4:6], "little")
    size, offset = (int.from_bytes(data[at : at + 4], "little") for at in (14, 18))
    return count > 0 and size > 0 and 6 + 16 * count <= offset < len(data)


def _is_tga(head: bytes) -> bool:
    """Whether the header is plausible: Truevision TGA 2.0, "Field 2" to "Field 5"."""
    if len(head) < 18:  # noqa: PLR2004 - the header
        return False
    width, height = (int.from_bytes(head[at : at + 2], "little") for at in (12, 14))
    mapped, kind, depth = head[1], head[2], head[16]
    return (
        mapped <= 1
        and kind in _TGA_TYPES
        and (mapped == 1 or kind not in {1, 9})
        and depth in _TGA_DEPTHS
        and width > 0
        and height > 0
        and head[17] & 0xC0 == 0
    )


def _document(_: bytes, head: bytes) -> str | None:
    """Text of any kind."""
    if head and not head.strip(b"\0"):
        return "a file that begins with zeros only; its upload may have been interrupted"
    text = _text(head)
    return None if text is None else _markup(text) or _prose(text)


def _markup(text: str) -> str | None:
    at = 0
    while (skipped := _PROLOG.match(text, at)) is not None and skipped.end() > at:
        at = skipped.end()
    if _SVG.match(text, at):
        return "an SVG"
    if _HTML.match(text, at):
        return "a web page (HTML)"
    if not text.lstrip().startswith("<"):
        return None
    error = _S3_ERROR.search(text)
    return "an XML file" if error is None else f"an error response from S3 or another store ({error[1]})"


def _prose(text: str) -> str:
    if _FORM_DATA.match(text):
        return "a form body (multipart/form-data); upload only the file itself"
    return "JSON" if text.lstrip().startswith(("{", "[")) else "a text file"


def _text(head: bytes) -> str | None:
    """The text of the bytes in any common encoding; None where they are not text."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = head.decode("utf-16", "ignore")
    elif head[:4] in {b"<\0?\0", b"<\0s\0", b"<\0!\0", b"<\0h\0"}:
        text = head.decode("utf-16-le", "ignore")
    elif head[:4] in {b"\0<\0?", b"\0<\0s", b"\0<\0!", b"\0<\0h"}:
        text = head.decode("utf-16-be", "ignore")
    else:
        try:
            text = head.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            # The last character may be cut off; anything else may be Latin-1, which is mostly ASCII.
            whole = error.start >= len(head) - 3 and len(head) == _HEAD_BYTES
            if not whole and sum(byte < 128 for byte in head) < 0.7 * len(head):  # noqa: PLR2004
                return None
            text = head[: error.start].decode("utf-8-sig") if whole else head.decode("cp1252", "replace")
    return text if text and _TEXT.fullmatch(text) else None
