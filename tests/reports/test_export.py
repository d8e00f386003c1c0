"""Files of what the filters show: harmless in a spreadsheet, typed, recorded, flat in memory."""

import csv
import io
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from openpyxl import load_workbook

from courses.models import Enrolment, State
from lms.audit.models import AuditEntry
from lms.people.models import Organisation, User
from lms.reports.export import Cell, Column, Table, csv_lines, plain, xlsx_file
from tests import factories
from tests.vectors import vector

KYIV = ZoneInfo("Europe/Kyiv")
KEYS = [
    "number", "name", "rank", "unit_code", "unit", "course_code", "course", "cycle", "state",
    "progress", "enrolled_at", "started_at", "due_on", "completed_at", "cancelled_at",
]  # fmt: skip


def browser(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def post(db: None) -> Organisation:
    return factories.unit(factories.service("UA"))


def address(name: str, ending: str) -> str:
    return reverse(f"reports:{name}-export", args=[ending])


def lines_of(response, delimiter: str) -> list[list[str]]:
    data = response.getvalue()
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig")), delimiter=delimiter))


def enrolled(post: Organisation) -> Enrolment:
    officer = factories.officer(post, rank="captain")
    course = factories.published_course(post, code="C-1", questions=0)
    return factories.enrolled(officer, course, due_on=date(2027, 3, 1))


@pytest.mark.parametrize(
    ("language", "delimiter"), [("uk", ";"), ("be", ";"), ("ru", ";"), ("en", ",")]
)
def test_csv_by_language_with_keys_that_do_not_change(post, language, delimiter):
    row = enrolled(post)
    client = browser(factories.coordinator(post, language=language))

    head, line = lines_of(client.get(address("enrolments", "csv") + "?course=C-1"), delimiter)
    keys, coded = lines_of(client.get(address("enrolments", "csv") + "?course=C-1&keys"), ",")

    assert keys == KEYS
    assert len(head) == len(KEYS)
    assert head != keys
    found, machine = (dict(zip(keys, cells, strict=True)) for cells in (line, coded))
    differ = {name for name in KEYS if found[name] != machine[name]}
    assert differ == {"rank", "state"}
    assert (machine["rank"], machine["state"]) == ("captain", State.NOT_STARTED)
    assert found["number"] == row.officer.login.upper()
    assert (found["due_on"], found["progress"], found["cycle"]) == ("2027-03-01", "0", "1")
    assert found["unit"].endswith(f"({language})")
    moment = datetime.fromisoformat(found["enrolled_at"])
    assert moment == row.enrolled_at.replace(second=0, microsecond=0)
    assert found["enrolled_at"].endswith(("+02:00", "+03:00"))


def test_xlsx_is_typed_frozen_filtered_and_says_what_it_is(post):
    row = enrolled(post)
    coordinator = factories.coordinator(post, language="en")
    response = browser(coordinator).get(address("enrolments", "xlsx") + "?course=C-1&sort=-due")

    book = load_workbook(io.BytesIO(response.getvalue()))
    sheet, about = book.worksheets
    head, line = sheet.iter_rows()
    cells = dict(zip(KEYS, line, strict=True))
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:O2"
    assert cells["due_on"].value == datetime(2027, 3, 1)  # noqa: DTZ001 - a sheet knows no zone
    assert cells["due_on"].number_format == "yyyy-mm-dd"
    local = row.enrolled_at.astimezone(KYIV).replace(tzinfo=None)
    assert abs(cells["enrolled_at"].value - local) < timedelta(seconds=1)
    assert (cells["cycle"].value, cells["cycle"].data_type) == (1, "n")
    assert (cells["progress"].value, cells["progress"].number_format) == (0, "0%")
    assert cells["completed_at"].value is None
    said = {label.value: value.value for label, value in about.iter_rows(max_col=2)}
    assert "C-1" in said["Filters"]
    assert said["Rows"] == "1"
    assert said["Made by"].startswith(coordinator.full_name)
    assert "Europe/Kyiv" in said["Made at"]
    assert {key: said[key] for key in KEYS} == {
        key: cell.value for key, cell in zip(KEYS, head, strict=True)
    }


def hostile_names() -> list[str]:
    """The vector's cells, and each beginning that a spreadsheet calculates."""
    text = vector("malicious", "csv_formula.csv").read_text(encoding="utf-8")
    rows = list(csv.reader(io.StringIO(text)))
    return [*rows[1], "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\uff1d1+1", "=cmd|' /C calc'!A0"]


def test_no_formula_gets_out(post):
    """Whatever an import let into a name, no program calculates it."""
    for name in hostile_names():
        officer = factories.officer(post)
        User.objects.filter(pk=officer.pk).update(family_name=name, given_name="", patronymic="")
    client = browser(factories.coordinator(post, language="en"))

    _head, *rows = lines_of(client.get(address("officers", "csv")), ",")
    assert len(rows) == len(hostile_names())
    assert {row[1] for row in rows} == {f"'{name}" for name in hostile_names()}
    assert [row for row in rows if any(cell.startswith(tuple("=+-@\t\r")) for cell in row)] == []

    sheet = load_workbook(
        io.BytesIO(client.get(address("officers", "xlsx")).getvalue())
    ).worksheets[0]
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d", "inlineStr"}
    assert [cell for cell in cells if cell.hyperlink] == []
    assert hostile_names()[0] in {cell.value for cell in cells}


def test_ordinary_text_is_left_alone():
    for text in ("", "Ґудзь", "a=b", "1-2", "UA-014233", "'quoted"):
        assert plain(text, KYIV) == text


def test_plain_cells():
    moment = datetime(2026, 11, 24, 22, 30, tzinfo=UTC)
    assert plain(None, KYIV) == ""
    assert plain(moment, KYIV) == "2026-11-25T00:30+02:00"
    assert plain(date(2026, 1, 2), KYIV) == "2026-01-02"
    assert plain(-5, KYIV) == "-5"


def test_the_log_says_who_took_what(post):
    enrolled(post)
    coordinator = factories.coordinator(post, language="en")
    client = browser(coordinator)
    for name in ("officers", "enrolments", "expiring"):
        for ending in ("csv", "xlsx"):
            assert client.get(address(name, ending) + "?q=мар").getvalue()
    entries = AuditEntry.objects.filter(verb="export.made", actor=coordinator).order_by("pk")
    query = "q=%D0%BC%D0%B0%D1%80"
    assert [entry.after for entry in entries] == [
        {"list": name, "format": ending, "filters": query, "rows": rows}
        for name, rows in (("officers", 1), ("enrolments", 1), ("certificates", 0))
        for ending in ("csv", "xlsx")
    ]
    assert {entry.organisation for entry in entries} == {coordinator.service_path}


def test_another_format_is_no_file(post):
    client = browser(factories.coordinator(post))
    assert client.get(address("officers", "pdf")).status_code == 404
    assert not AuditEntry.objects.filter(verb="export.made").exists()


def table(count: int) -> Table:
    def rows() -> Iterator[list[Cell]]:
        for number in range(count):
            yield [number, f"Ґалаґан {number}", date(2026, 1, 1), timezone.now()]

    columns = (
        Column("n", "№", "number"), Column("name", "Name"), Column("day", "Day", "day"),
        Column("at", "At", "moment"),
    )  # fmt: skip
    words = {"about": "About", "rows": "Rows", "columns": "Columns"}
    return Table("t", "T", columns, rows, KYIV, "uk", words=words)


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_memory_does_not_grow_with_the_rows(ending):
    def peak(count: int) -> int:
        tracemalloc.start()
        if ending == "csv":
            assert sum(len(piece) for piece in csv_lines(table(count))) > count * 30
        else:
            file, rows = xlsx_file(table(count))
            with file:
                assert rows == count
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    peak(100)
    assert peak(12_000) < 1.5 * peak(3_000)


def test_rows_are_written_in_the_language_of_the_table():
    """They are read when the request is over, and between two pieces others use the thread."""

    def rows() -> Iterator[list[Cell]]:
        for _ in range(1500):
            yield [translation.get_language()]

    words = {"about": "About", "rows": "Rows", "columns": "Columns"}
    made = Table("t", "T", (Column("l", "L"),), rows, KYIV, "be", words=words)
    with translation.override("en"):
        text = b"".join(csv_lines(made)).decode("utf-8-sig").split()
        assert translation.get_language() == "en"
    assert set(text[1:]) == {"be"}
