"""Which type a file is of, by its content: films, captions, documents.

Leaf: reads what it is given in pieces and says what it is, or refuses in the user's language.
"""

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, Any, NamedTuple, cast

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring
from django.core.exceptions import ValidationError
from django.core.files import File
from django.utils.translation import gettext as _

from courses.webvtt import CaptionsError, rewritten


class Refused(ValidationError):
    """The file is not kept; the message says why, in the user's language."""

    def __str__(self) -> str:
        return str(self.message)


class FileType(NamedTuple):
    content_type: str
    ending: str


MP4, WEBM = FileType("video/mp4", "mp4"), FileType("video/webm", "webm")
PDF = FileType("application/pdf", "pdf")
TEXT, CSV = FileType("text/plain", "txt"), FileType("text/csv", "csv")
OFFICE = "application/vnd.openxmlformats-officedocument."
DOCUMENTS = {
    "wordprocessingml.document": "docx",
    "spreadsheetml.sheet": "xlsx",
    "presentationml.presentation": "pptx",
}

# ISO/IEC 14496-12: a box is its size in four bytes, its name in four, and its content.
BRANDS = re.compile(rb"isom|iso[2-9a-c]|mp4[12]|avc1|M4V |M4VH|M4VP|dash|msnv|MSNV|3gp[4-7]")
CODECS = {b"avc1", b"avc3", b"av01", b"vp08", b"vp09"}  # H.264, AV1, VP8, VP9: browsers play them
PATH_TO_CODEC = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")
MOST_BOXES = 10_000
# RFC 8794 and the Matroska specification: ids of the EBML header and of its DocType.
EBML, DOC_TYPE = b"\x1a\x45\xdf\xa3", b"\x42\x82"

MOST_PARTS, MOST_UNPACKED = 5_000, 500 * 1024 * 1024
CONTENT_TYPES, LONGEST_CONTENT_TYPES = "[Content_Types].xml", 1024 * 1024
CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
FORMULA = re.compile(r"[=@\t\r]|[+-](?![\d.,\s]*%?$)")
LONGEST_FIELD = 100_000


def film_type(upload: "File[bytes]") -> FileType:
    """MP4 or WebM that browsers play. Raises Refused."""
    upload.seek(0)
    head = upload.read(4096)
    if head.startswith(EBML):
        # The type of document stands in the header as id, length (with a marker bit) and text.
        place = head.find(DOC_TYPE, 4)
        if place >= 0 and head[place + 2 : place + 7] == b"\x84webm":
            return WEBM
        raise Refused(_("The film is Matroska but not WebM: save it as MP4 (H.264) or WebM."))
    if head[4:8] != b"ftyp":
        raise Refused(_("The file is not a film that we take: MP4 (H.264) or WebM."))
    size = int.from_bytes(head[:4], "big")
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, min(size, len(head)), 4))]
    if not any(BRANDS.fullmatch(brand) for brand in brands):
        raise Refused(_("The file is not a film that we take: MP4 (H.264) or WebM."))
    codecs = set(_codecs(upload))
    if not codecs:
        raise Refused(_("The film is cut off: its table of contents is missing."))
    if not codecs & CODECS:
        raise Refused(
            _("Browsers do not play films of this coding (%(codec)s): save it as MP4 with H.264.")
            % {"codec": ", ".join(sorted(code.decode("latin-1") for code in codecs))}
        )
    return MP4


def _codecs(upload: "File[bytes]") -> Iterator[bytes]:
    """The codings of the tracks, as `moov/trak/mdia/minf/stbl/stsd` names them."""
    left = MOST_BOXES
    todo = [(0, upload.size or 0, 0)]  # from, to, how many names of the path are passed
    while todo and left:
        at, end, depth = todo.pop()
        while at + 8 <= end and left:
            left -= 1
            upload.seek(at)
            header = upload.read(16)
            size, name, start = int.from_bytes(header[:4], "big"), header[4:8], at + 8
            if size == 1:
                size, start = int.from_bytes(header[8:16], "big"), at + 16
            size = size or end - at
            if size < start - at or at + size > end:
                break
            if name == PATH_TO_CODEC[depth]:
                if name == b"stsd":
                    # Version and flags, the number of entries, then the first entry: a box.
                    upload.seek(start + 12)
                    yield upload.read(4)
                else:
                    todo.append((start, at + size, depth + 1))
            at += size


def captions_from(upload: "File[bytes]") -> bytes:
    """WebVTT parsed and written anew. Raises Refused, naming the line."""
    upload.seek(0)
    try:
        return rewritten(upload.read())
    except CaptionsError as error:
        raise Refused(str(error)) from error


def download_type(upload: "File[bytes]") -> FileType:
    """PDF, a document of Word, Excel or PowerPoint without macros, or text. Raises Refused."""
    upload.seek(0)
    head = upload.read(8)
    if head.startswith(b"%PDF-"):
        upload.seek(max(0, (upload.size or 0) - 2048))
        if b"%%EOF" not in upload.read():
            raise Refused(_("The PDF is cut off: its end is missing."))
        return PDF
    if head.startswith(b"PK\x03\x04"):
        return _office_type(upload)
    return _text_type(upload)


def _not_taken() -> Refused:
    return Refused(
        _("The file is not one that we take: PDF, PNG, JPEG, DOCX, XLSX, PPTX, TXT or CSV.")
    )


def _office_type(upload: "File[bytes]") -> FileType:
    """Which of the three, by its `[Content_Types].xml` (ECMA-376 part 2); nothing is unpacked."""
    upload.seek(0)
    try:
        with zipfile.ZipFile(upload) as archive:
            parts = archive.infolist()
            names = [part.filename.casefold() for part in parts]
            if (
                len(parts) > MOST_PARTS
                or len(set(names)) < len(names)
                or sum(part.file_size for part in parts) > MOST_UNPACKED
                or any(part.flag_bits & 1 for part in parts)
                or any(_leads_out(part.filename) for part in parts)
            ):
                raise _not_taken()
            with archive.open(CONTENT_TYPES) as file:
                xml = file.read(LONGEST_CONTENT_TYPES + 1)
        if len(xml) > LONGEST_CONTENT_TYPES:
            raise _not_taken()
        root = fromstring(xml, forbid_dtd=True)
    except (zipfile.BadZipFile, zlib.error, KeyError, OSError, EOFError, NotImplementedError,
            RuntimeError, ValueError, ParseError, DefusedXmlException) as error:  # fmt: skip
        raise _not_taken() from error
    types = {str(element.get("ContentType", "")) for element in root}
    if any("macroenabled" in one.lower() or "vbaproject" in one.lower() for one in types) or any(
        name.endswith("vbaproject.bin") for name in names
    ):
        raise Refused(_("The document contains macros: save it without them."))
    for name, ending in DOCUMENTS.items():
        if f"{OFFICE}{name}.main+xml" in types:
            return FileType(OFFICE + name, ending)
    raise _not_taken()


def _leads_out(name: str) -> bool:
    return name.startswith(("/", "\\")) or ":" in name or ".." in re.split(r"[/\\]", name)


def _text_type(upload: "File[bytes]") -> FileType:
    """Text in UTF-8. What is called .csv must be a table, without formulas: Excel runs them."""
    upload.seek(0)
    decoded: IO[str] = io.TextIOWrapper(
        cast(IO[bytes], _Kept(upload)), encoding="utf-8-sig", newline=""
    )
    is_table = (upload.name or "").lower().endswith(".csv")
    try:
        first = True
        while piece := decoded.read(65536):
            if CONTROL.search(piece) or (first and piece.lstrip().startswith(("<", "GIF8"))):
                raise _not_taken()
            first = False
        if is_table:
            decoded.seek(0)
            _check_table(decoded)
    except UnicodeDecodeError as error:
        raise _not_taken() from error
    return CSV if is_table else TEXT


def _check_table(lines: IO[str]) -> None:
    """Raises Refused, naming the line."""
    start = lines.read(4096)
    lines.seek(0)
    delimiter = max(",;\t", key=start.split("\n", 1)[0].count)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        for row in reader:
            if any(len(cell) > LONGEST_FIELD for cell in row):
                raise csv.Error
            if any(FORMULA.match(cell) for cell in row):
                message = _("Line %(line)d of the table has a formula: give its value instead.")
                raise Refused(message % {"line": reader.line_num})
    except csv.Error as error:
        message = _("Line %(line)d of the table cannot be read.")
        raise Refused(message % {"line": reader.line_num}) from error


class _Kept(io.RawIOBase):
    """The upload for a text wrapper, which would close it with itself."""

    def __init__(self, upload: "File[bytes]") -> None:
        self.upload = upload

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, *where: Any) -> int:
        self.upload.seek(*where)
        return int(self.upload.tell())

    def tell(self) -> int:
        return int(self.upload.tell())

    def readinto(self, buffer: Any) -> int:
        piece = self.upload.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)
