"""Tables out of files: what an office saves reads back the same, and nothing hostile gets in."""

import csv
import io
import json
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.people.importing import reading
from lms.people.importing.rank_words import rank_key
from lms.people.importing.reading import Table, read_table
from lms.people.importing.unreadable import Unreadable
from lms.people.importing.writing import csv_bytes, xlsx_bytes
from lms.ui.spreadsheets import with_guard, without_guard
from tests.vectors import folder, vector


def read(content: bytes) -> Table:
    return read_table(io.BytesIO(content), len(content))


# Round trips

LETTERS = "абвгґдеєжзиіїйклмнопрстуўфхцчшщьюяыэёАҐЄІЇЎabcXYZ0123456789’ʼ'-.,;\t\"=+@ \n"
CELLS = st.text(alphabet=LETTERS, max_size=12).map(lambda text: without_guard(text.strip()).strip())
ROWS = st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=8)
HEADERS = ["Number", "Прізвище", 'Given, "name"; first']


def kept(rows: list[list[str]]) -> list[list[str]]:
    """Rows without blank ones and without blank cells at their ends."""
    found = []
    for row in rows:
        cells = list(row)
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            found.append(cells)
    return found


def check(table: Table, rows: list[list[str]]) -> None:
    assert table.headers[:3] == HEADERS
    assert [cells for _number, cells in table.rows] == rows


@settings(max_examples=60)
@given(
    rows=ROWS,
    separator=st.sampled_from(",;\t"),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]),
)
def test_any_table_in_any_dialect_reads_back_the_same(rows, separator, end, quoting, encoding):
    expected = kept([[without_guard(cell) for cell in row] for row in rows])
    if end == "\r":
        quoting = csv.QUOTE_ALL  # else Python before 3.13 leaves "\n" inside a cell bare
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=separator, lineterminator=end, quoting=quoting).writerows(
        [HEADERS, *rows]
    )
    content = out.getvalue().encode(encoding)
    if not expected:
        with pytest.raises(Unreadable):
            read(content)
    else:
        check(read(content), expected)


@settings(max_examples=40)
@given(rows=ROWS)
def test_what_we_write_reads_back_the_same(rows):
    expected = kept(rows)
    if expected:
        check(read(csv_bytes(HEADERS, rows)), expected)
        check(read(xlsx_bytes(HEADERS, rows, title="Список: 1")), expected)


@given(st.text(max_size=20))
def test_the_guard_can_be_taken_off_and_leaves_no_formula(text):
    guarded = with_guard(text)
    assert without_guard(guarded) == text
    assert not guarded.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "|"))


def test_what_excel_saves_in_ukrainian_and_belarusian():
    text = "Номер;Прізвище;Імя\r\n7;Ґалаґан;Ўладзіслаў\r\n"
    table = read(text.encode("cp1251"))
    assert table.headers == ["Номер", "Прізвище", "Імя"]
    assert table.rows == [(2, ["7", "Ґалаґан", "Ўладзіслаў"])]


def test_a_line_that_names_the_separator_and_titles_above_the_headers():
    table = read("sep=;\r\nОсобовий склад\r\n\r\nномер;прізвище\r\n7;Ґ, Ї\r\n".encode())
    assert table.headers == ["номер", "прізвище"]
    assert table.rows == [(4, ["7", "Ґ, Ї"])]


def test_cells_of_a_workbook_as_a_person_would_type_them():
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet()
    six = book.add_format({"num_format": "000000"})
    day = book.add_format({"num_format": "dd.mm.yyyy"})
    sheet.write_row(0, 0, ["number", "rank", "joined", "half", "yes", "sum", "none"])
    sheet.write_number(1, 0, 14233, six)
    sheet.write_number(1, 1, 42.0)
    sheet.write_datetime(1, 2, datetime(2026, 9, 1), day)  # noqa: DTZ001
    sheet.write_number(1, 3, 0.5)
    sheet.write_boolean(1, 4, True)
    sheet.write_formula(1, 5, '=HYPERLINK("http://evil.example")', value="saved")
    book.add_worksheet().write(0, 0, "the second sheet is not looked at")
    book.close()
    table = read(out.getvalue())
    assert table.rows == [(2, ["014233", "42", "2026-09-01", "0.5", "TRUE", "saved"])]


# Limits


def sheet_of(*rows: list[Any]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\r\n \r\n", "empty"),
        (b"number,name\r\n", "no rows"),
        (b"a,b\n" + b"1,2\n" * (reading.ROWS + 1), "more than 20000 rows"),
        (b"a\n" + b"," * 60 + b"x\n", "more than 60 columns"),
        (b"a" * (reading.FILE_BYTES + 1), "larger than 10 MB"),
        (b'a,b\n"1"2,3\n', "Line 2"),
        (b"\x98\xff\xfe,a\n1,2\n", "letters of the file"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 100, "old kind"),
        (b"PK\x03\x04 and nothing more", "workbook"),
        (sheet_of(["a", "b"]), "no rows"),
        (sheet_of(["a"], ["x"] * 61), "more than 60 columns"),
    ],
)
def test_what_is_too_much_or_no_table_is_said_in_words(content, words):
    with translation.override("en"), pytest.raises(Unreadable) as refused:
        read(content)
    with translation.override("en"):
        assert words in str(refused.value.message)


def packed(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def parts_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def bombs() -> dict[str, bytes]:
    good = parts_of(sheet_of(["number", "name"], ["7", "x"]))
    sheet = "xl/worksheets/sheet1.xml"
    laughs = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
    bare = good[sheet].split(b"?>", 1)[-1] if good[sheet].startswith(b"<?") else good[sheet]
    outside = laughs.replace(b'"ha"', b'SYSTEM "file:///etc/passwd"')
    return {
        "grows": packed(good | {"xl/media/zeros.bin": b"\0" * (90 << 20)}),
        "ratio": packed(good | {"xl/worksheets/sheet1.xml": bare + b" " * (20 << 20)}),
        "entities": packed(good | {sheet: laughs + bare}),
        "entities in UTF-16": packed(good | {sheet: (laughs + bare).decode().encode("utf-16")}),
        "a file of the server": packed(good | {sheet: outside + bare}),
        "many parts": packed(good | {f"xl/p{number}.xml": b"<a/>" for number in range(2_100)}),
        "no workbook": packed({"a.txt": b"hello"}),
        "cut off": packed(good)[:-40],
    }


@pytest.mark.parametrize("name", list(bombs()))
def test_a_workbook_that_is_a_bomb_or_broken_is_refused(name):
    with pytest.raises(Unreadable):
        read(bombs()[name])


# The vectors


def vectors() -> list[dict[str, Any]]:
    """The hostile CSV files and archives; nothing is skipped if the folder is missing."""
    file = folder() / "vectors.json"
    if not file.exists():
        return [{"file": "vectors.json", "expect": {}}]
    found = json.loads(file.read_text(encoding="utf-8"))
    rows = found if isinstance(found, list) else found["vectors"]
    names = ("malicious/csv_", "malicious/zip_", "malicious/xml_", "malicious/not_a_zip")
    return [row for row in rows if row["file"].startswith(names)]


@pytest.mark.parametrize("row", vectors(), ids=lambda row: Path(row["file"]).name)
def test_the_hostile_files_behave_as_the_vectors_say(row):
    path = vector(row["file"])
    content = path.read_bytes()
    if not path.name.startswith("csv_"):
        if content[:2] == b"PK" or not content:
            with pytest.raises(Unreadable):  # no archive of these is a workbook
                read(content)
        return
    expected = row["expect"]["accept"]
    if expected is False:
        with pytest.raises(Unreadable) as refused:
            read(content)
        assert str(refused.value.message)
    elif expected == "imported as text":
        table = read(content)
        cells = table.rows[0][1]
        assert cells[0] == '=HYPERLINK("http://evil.example")'
        written = csv_bytes(table.headers, [cells]).decode("utf-8-sig")
        _headers, cells = csv.reader(io.StringIO(written), delimiter=";")
        assert [cell[0] for cell in cells] == ["'", "'", "'"]
    else:
        assert expected == "read right or refused in words"
        assert read(content).rows == [(2, ["a@b.example", "Иван", "Петров"])]


# Ranks


@pytest.mark.parametrize(
    ("text", "country", "key"),
    [
        ("Старший сержант", "UA", "senior-sergeant"),
        ("ст. сержант", "UA", "senior-sergeant"),
        ("СТ.СЕРЖ.", "UA", "senior-sergeant"),
        ("ст. с-т", "UA", "senior-sergeant"),
        ("штаб сержант", "UA", "staff-sergeant"),
        ("senior-sergeant", "UA", "senior-sergeant"),
        ("маёр", "BY", "major"),
        ("майор", "BY", "major"),
        ("мл. лейтенант", "BY", "junior-lieutenant"),
        ("п/п-к", "UA", "lieutenant-colonel"),
        ("п-к", "BY", "colonel"),
        ("ст. прапорщик", "BY", "senior-warrant-officer"),
        ("Lt Col", "UA", "lieutenant-colonel"),
        ("ген.-майор", "UA", "major-general"),
        ("прапорщик", "UA", None),
        ("сер жант", "UA", None),
        ("с", "UA", None),
        ("адмірал", "UA", None),
    ],
)
def test_ranks_as_lists_write_them(text, country, key):
    assert rank_key(text, country) == key


def test_days_are_days():
    assert date.fromisoformat(read(sheet_of(["a", "b"], [1, date(2026, 9, 1)])).rows[0][1][1])
