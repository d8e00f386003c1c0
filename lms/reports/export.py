"""Tables as files: CSV that a spreadsheet opens without harm, XLSX with types.

A table hands out its rows a chunk at a time, so the memory needed does not grow with them. All
words are fixed when the table is made: its rows may be read after the request is over.
"""

import csv
import io
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import IO, Any, Final, Literal, TypeVar
from zoneinfo import ZoneInfo

import xlsxwriter
from django.utils import timezone, translation

from lms.ui.spreadsheets import BOM, separator_in, with_guard

T = TypeVar("T")
Kind = Literal["text", "number", "percent", "day", "moment"]


@dataclass(frozen=True)
class Word:
    """One of a fixed list of words; `key` is the same in all languages."""

    key: str
    label: str


Cell = str | Word | int | float | date | datetime | None

CHUNK: Final = 1000
LONGEST_CELL: Final = 32_767
LAST_ROW: Final = 1_048_576


@dataclass(frozen=True)
class Column:
    """`key` is the same in all languages, for what reads the file by machine."""

    key: str
    label: str
    kind: Kind = "text"
    width: int = 16


@dataclass(frozen=True)
class Table:
    """What to write. `rows` gives the cells in the order of the columns, each time anew."""

    name: str  # of the file, without its ending
    title: str
    columns: tuple[Column, ...]
    rows: Callable[[], Iterator[list[Cell]]]
    zone: ZoneInfo
    language: str
    about: tuple[tuple[str, str], ...] = field(default=())
    words: dict[str, str] = field(default_factory=dict)  # "about", "rows", "columns"


def chunks(rows: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """The rows in lists of at most `size`."""
    batch: list[T] = []
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def plain(cell: Cell, zone: ZoneInfo, *, keys: bool = False) -> str:
    """A cell as CSV has it: ISO 8601 days, and moments in the zone with their offset."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.astimezone(zone).isoformat(timespec="minutes")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, Word):
        return cell.key if keys else cell.label
    return with_guard(cell) if isinstance(cell, str) else str(cell)


def csv_lines(table: Table, *, keys: bool = False) -> Iterator[bytes]:
    """The file piece by piece: UTF-8 with BOM.

    For a machine, with `keys`: header, states and ranks the same in all languages, and commas.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter="," if keys else separator_in(table.language))
    out.write(BOM)
    writer.writerow(column.key if keys else with_guard(column.label) for column in table.columns)
    batches = chunks(table.rows())
    while True:
        # Not across a yield: between two pieces the server does other things on this thread.
        with translation.override(table.language), timezone.override(table.zone):
            batch = next(batches, None)
        if batch is None:
            break
        writer.writerows([plain(cell, table.zone, keys=keys) for cell in row] for row in batch)
        yield out.getvalue().encode("utf-8")
        out.seek(0)
        out.truncate()
    if rest := out.getvalue():
        yield rest.encode("utf-8")


def xlsx_file(table: Table) -> tuple[IO[bytes], int]:
    """A temporary file with the workbook, at its beginning, and how many rows it holds.

    Times are in the zone of the table, for a spreadsheet knows none. What passes the last row that
    a sheet may have is left out, and the second sheet says so by its number of rows.
    """
    out = tempfile.TemporaryFile(suffix=".xlsx")  # noqa: SIM115 - the response closes it
    try:
        count = _write_book(out, table)
    except BaseException:
        out.close()
        raise
    out.seek(0)
    return out, count


def _write_book(out: IO[bytes], table: Table) -> int:
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(out, options) as book:
        formats = {
            "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True}),
            "text": None,
            "number": book.add_format({"num_format": "0"}),
            "percent": book.add_format({"num_format": "0%"}),
            "day": book.add_format({"num_format": "yyyy-mm-dd"}),
            "moment": book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
        }
        count = _write_rows(book, table, formats)
        _write_about(book, table, formats, count)
    return count


def _write_rows(book: Any, table: Table, formats: dict[str, Any]) -> int:
    sheet = book.add_worksheet(table.title[:31])
    sheet.freeze_panes(1, 0)
    for place, column in enumerate(table.columns):
        sheet.set_column(place, place, column.width)
        sheet.write_string(0, place, column.label, formats["head"])
    count = 0
    for row in table.rows():
        if count + 1 == LAST_ROW:
            break
        count += 1
        for place, (cell, column) in enumerate(zip(row, table.columns, strict=True)):
            _write_cell(sheet, count, place, cell, formats[column.kind], column.kind, table.zone)
    sheet.autofilter(0, 0, count, len(table.columns) - 1)
    return count


def _write_cell(
    sheet: Any, row: int, place: int, cell: Cell, look: Any, kind: Kind, zone: ZoneInfo
) -> None:
    if isinstance(cell, Word):
        cell = cell.label
    if cell is None or cell == "":
        return
    if isinstance(cell, datetime):
        sheet.write_datetime(row, place, cell.astimezone(zone).replace(tzinfo=None), look)
    elif isinstance(cell, date):
        sheet.write_datetime(row, place, cell, look)
    elif isinstance(cell, int | float):
        sheet.write_number(row, place, cell / 100 if kind == "percent" else cell, look)
    else:
        sheet.write_string(row, place, cell[:LONGEST_CELL])


def _write_about(book: Any, table: Table, formats: dict[str, Any], count: int) -> None:
    sheet = book.add_worksheet(table.words["about"][:31])
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 70)
    lines = [
        *table.about,
        (table.words["rows"], str(count)),
        ("", ""),
        (table.words["columns"], ""),
    ]
    lines += [(column.key, column.label) for column in table.columns]
    for place, (label, value) in enumerate(lines):
        sheet.write_string(place, 0, label, formats["head"] if place == 0 else None)
        sheet.write_string(place, 1, value[:LONGEST_CELL])
