"""Reads what people send as a staff list into rows of text. Nothing in a file is executed.

Limits: `FILE_BYTES`, `ROWS` and `COLUMNS`; a field of a CSV may hold 131,072 characters.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from django.utils.translation import gettext_lazy as _

from lms.people.importing.csv_files import csv_rows
from lms.people.importing.fields import field_named
from lms.people.importing.unreadable import Unreadable
from lms.people.importing.xlsx_files import xlsx_rows

FILE_BYTES = 10 * 1024 * 1024
ROWS = 20_000
COLUMNS = 60
PHYSICAL_ROWS = 200_000  # with the empty ones, which spreadsheets write by the thousand
TITLE_ROWS = 10  # above the headers at most

ZIP_SIGN = b"PK\x03\x04"
OLD_EXCEL_SIGN = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True)
class Table:
    """What a file holds: its headers, and rows with their numbers in the file, from 1."""

    headers: list[str]
    rows: list[tuple[int, list[str]]]


def read_table(file: BinaryIO, size: int) -> Table:
    """The table in a CSV or XLSX file, told apart by content, whatever the file is called.

    `size` in bytes. Raises Unreadable, whose message is for the person.
    """
    if size > FILE_BYTES:
        raise Unreadable(
            _("The file is larger than %(limit)d MB. Divide it into several.")
            % {"limit": FILE_BYTES // 1024 // 1024}
        )
    if size == 0:
        raise Unreadable(_("The file is empty."))
    sign = file.read(4)
    file.seek(0)
    if sign.startswith(ZIP_SIGN[:2]):
        return table_of(xlsx_rows(file, columns=COLUMNS))
    if sign == OLD_EXCEL_SIGN:
        raise Unreadable(
            _(
                "This is a workbook of the old kind (.xls) or one locked with a password. "
                "Save it as .xlsx or CSV, without a password."
            )
        )
    return table_of(csv_rows(file.read(FILE_BYTES + 1)))


def table_of(found: Iterable[list[str]]) -> Table:
    """Headers and rows; blank rows and titles above the headers are left out.

    Raises Unreadable for a table without rows, too long or too wide.
    """
    rows = list(_filled(found))
    if not rows:
        raise Unreadable(_("The file is empty."))
    at = _place_of_headers(rows)
    headers, people = rows[at][1], rows[at + 1 :]
    if not people:
        raise Unreadable(_("The file has headers and no rows."))
    if len(people) > ROWS:
        raise _too_many_rows()
    width = max(len(cells) for _number, cells in rows[at:])
    return Table(headers + [""] * (width - len(headers)), people)


def _filled(found: Iterable[list[str]]) -> Iterator[tuple[int, list[str]]]:
    count = 0
    for number, row in enumerate(found, 1):
        if number > PHYSICAL_ROWS:
            raise _too_many_rows()
        cells = [cell.strip() for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            continue
        count += 1
        if count > ROWS + TITLE_ROWS + 1:
            raise _too_many_rows()
        if len(cells) > COLUMNS:
            raise Unreadable(
                _("Row %(number)d has more than %(limit)d columns.")
                % {"number": number, "limit": COLUMNS}
            )
        yield number, cells


def _place_of_headers(rows: list[tuple[int, list[str]]]) -> int:
    """The first row in which at least two headers are known, else the first row."""
    for place, (_number, cells) in enumerate(rows[: TITLE_ROWS + 1]):
        if len({key for key in map(field_named, cells) if key}) >= 2:
            return place
    return 0


def _too_many_rows() -> Unreadable:
    return Unreadable(
        _("The file has more than %(limit)d rows. Divide it into several.") % {"limit": ROWS}
    )
