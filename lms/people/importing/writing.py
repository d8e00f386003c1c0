"""Writes tables as CSV and XLSX that no spreadsheet takes for formulas."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

import xlsxwriter
from django.utils.translation import get_language

from lms.ui.spreadsheets import BOM, separator_in, with_guard

WIDTHS = (8, 42)  # of a column, in characters


def csv_bytes(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A CSV for offices: UTF-8 with its mark, CRLF, separated as Excel does in the language."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=separator_in(get_language()))
    for row in (headers, *rows):
        writer.writerow([with_guard(cell) for cell in row])
    return (BOM + out.getvalue()).encode()


def xlsx_bytes(headers: Sequence[str], rows: Iterable[Sequence[str]], *, title: str) -> bytes:
    """A workbook of one sheet, all cells text (so 014233 keeps its zero), the header frozen."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "constant_memory": False})
    sheet = book.add_worksheet(re.sub(r"[\[\]:*?/\\']", " ", title)[:31] or "1")
    head = book.add_format({"bold": True, "bottom": 1, "num_format": "@", "text_wrap": True})
    text = book.add_format({"num_format": "@"})
    widths = [len(header) for header in headers]
    for column, header in enumerate(headers):
        sheet.write_string(0, column, header, head)
    for number, row in enumerate(rows, 1):
        for column, cell in enumerate(row):
            sheet.write_string(number, column, cell[:32_767], text)
            if column < len(widths):
                widths[column] = max(widths[column], len(cell))
    for column, width in enumerate(widths):
        sheet.set_column(column, column, max(WIDTHS[0], min(width + 2, WIDTHS[1])), text)
    sheet.freeze_panes(1, 0)
    book.close()
    return out.getvalue()
