"""Tables as text: any of the encodings, separators and line ends that offices produce."""

import codecs
import csv
import io
import re
from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from lms.people.importing.unreadable import Unreadable
from lms.ui.spreadsheets import without_guard

SEPARATORS = ",;\t"
LONGEST_CELL = 131_072
SEPARATOR_LINE = re.compile(r"\Asep=([,;\t])\r?\n?", re.IGNORECASE)
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def csv_rows(content: bytes) -> Iterator[list[str]]:
    """The records of a CSV as lists of text. Raises Unreadable."""
    text = decode(content)
    if "\0" in text:
        raise Unreadable(
            _("The file holds NUL signs, so it is not a table saved as text. Save it again as CSV.")
        )
    separator = ""
    if line := SEPARATOR_LINE.match(text):
        separator, text = line[1], text[line.end() :]
    separator = separator or separator_of(text)
    if csv.field_size_limit() != LONGEST_CELL:
        csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for row in reader:
            yield [without_guard(cell) for cell in row]
    except csv.Error as error:
        raise _in_words(str(error), reader.line_num) from error


def decode(content: bytes) -> str:
    """UTF-8 and UTF-16, with or without a byte order mark, else Windows-1251.

    Raises Unreadable.
    """
    for bom, encoding in BOMS:
        if content.startswith(bom):
            return _decoded(content, encoding)
    if encoding := _utf16_without_mark(content):
        return _decoded(content, encoding)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return _decoded(content, "cp1251")


def _decoded(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise Unreadable(
            _("The letters of the file cannot be read. Save it as CSV in UTF-8 or as XLSX.")
        ) from error


def _utf16_without_mark(content: bytes) -> str:
    """Zeros at every other place, in separators and line ends at the least."""
    zeros = content.count(0)
    if len(content) % 2 or zeros * 20 < len(content):
        return ""
    if content[1::2].count(0) == zeros:
        return "utf-16-le"
    return "utf-16-be" if content[::2].count(0) == zeros else ""


def separator_of(text: str) -> str:
    """The sign that parts the cells: the one that is most frequent outside quotes.

    Only the first record that has any is looked at: titles may stand above it.
    """
    counts = dict.fromkeys(SEPARATORS, 0)
    is_quoted = False
    for sign in text[: LONGEST_CELL * 2]:
        if sign == '"':
            is_quoted = not is_quoted
        elif is_quoted:
            continue
        elif sign in counts:
            counts[sign] += 1
        elif sign in "\r\n" and any(counts.values()):
            break
    return max(SEPARATORS, key=lambda sign: counts[sign])


def _in_words(error: str, line: int) -> Unreadable:
    if "field limit" in error:
        return Unreadable(
            _("Line %(line)d: a cell is longer than %(limit)d characters.")
            % {"line": line, "limit": LONGEST_CELL}
        )
    if "unexpected end" in error:
        return Unreadable(
            _("A quotation mark is opened and never closed, so the rows cannot be told apart.")
        )
    return Unreadable(
        _(
            "Line %(line)d: a quotation mark stands where none may be. "
            "Inside a cell it is written twice."
        )
        % {"line": line}
    )
