"""The first sheet of an XLSX workbook as text. Formulas give the value that was last saved."""

import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any, BinaryIO

import openpyxl
from django.utils.translation import gettext_lazy as _

from lms.people.importing.unreadable import Unreadable
from lms.ui.spreadsheets import without_guard

ENTRIES = 2_000
UNPACKED_BYTES = 80 * 1024 * 1024
STRINGS_BYTES = 40 * 1024 * 1024  # of the shared strings, which are held in memory
RATIO = 200
SHEET = "xl/workbook.xml"
DECLARATION = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
ONLY_ZEROS = re.compile(r'^"?(0{2,32})"?$')  # the number format that keeps leading zeros in sight


def xlsx_rows(file: BinaryIO, *, columns: int) -> Iterator[list[str]]:
    """Rows of the first sheet, one column more than `columns` at most. Raises Unreadable."""
    _look_before_opening(file)
    try:
        book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
        try:
            if not book.worksheets:
                raise _no_workbook()
            sheet = book.worksheets[0]
            sheet.reset_dimensions()  # what the file says of its size may be wrong
            for row in sheet.iter_rows(max_col=columns + 1):
                yield [without_guard(_text(cell)) for cell in row]
        finally:
            book.close()
    except (Unreadable, GeneratorExit):
        raise
    except Exception as error:  # openpyxl lets through whatever its parsers raise
        raise _no_workbook() from error


def _look_before_opening(file: BinaryIO) -> None:
    """Refuse what would not fit into memory, or brings entities along."""
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            if SHEET not in archive.namelist():
                raise _no_workbook()
            unpacked = sum(entry.file_size for entry in entries)
            packed = sum(entry.compress_size for entry in entries) or 1
            strings = sum(e.file_size for e in entries if e.filename.endswith("sharedStrings.xml"))
            if (
                len(entries) > ENTRIES
                or unpacked > UNPACKED_BYTES
                or strings > STRINGS_BYTES
                or unpacked / packed > RATIO
            ):
                raise Unreadable(
                    _(
                        "Unpacked, the workbook is too large. "
                        "Leave only the list in it, or save it as CSV."
                    )
                )
            for entry in entries:
                if entry.filename.endswith((".xml", ".rels")):
                    _refuse_declarations(archive, entry)
    except Unreadable:
        raise
    except Exception as error:  # a broken archive fails in many ways
        raise _no_workbook() from error
    file.seek(0)


def _refuse_declarations(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """No part of an XLSX declares a document type; one that does wants entities."""
    tail = b""
    with archive.open(entry) as part:
        while chunk := part.read(1 << 20):
            if DECLARATION.search(tail + chunk):
                raise _no_workbook()
            tail = chunk[-16:]


def _no_workbook() -> Unreadable:
    return Unreadable(
        _("The file cannot be read as a workbook. Save it anew as .xlsx, or as CSV in UTF-8.")
    )


def _text(cell: Any) -> str:
    """A cell as a person would have typed it: whole numbers without a point, days as ISO."""
    value = cell.value
    match value:
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case int():
            return _with_zeros(str(value), cell)
        case float():
            return _with_zeros(f"{value:.0f}", cell) if value.is_integer() else repr(value)
        case datetime():
            is_day = value.time() == time()
            return value.date().isoformat() if is_day else value.isoformat(" ", "seconds")
        case date():
            return value.isoformat()
    text = str(value)
    if "\0" in text:
        raise _no_workbook()
    return text


def _with_zeros(digits: str, cell: Any) -> str:
    """014233 is often kept as 14233 and shown by the format 000000."""
    shown = ONLY_ZEROS.match(str(getattr(cell, "number_format", "") or ""))
    return digits.zfill(len(shown[1])) if shown else digits
