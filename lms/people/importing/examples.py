"""The list to fill in, and how tables go out as files."""

from collections.abc import Iterable, Sequence

from lms.people.importing.fields import FIELDS
from lms.people.importing.writing import csv_bytes, xlsx_bytes
from lms.people.ranks import rank_name

KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# Invented people. Whoever sends them back is told so: nobody is brought in by mistake.
PEOPLE = {
    "UA": (
        ("990001", "Ґалаґан", "Мар’яна", "Ігорівна", "sergeant"),
        ("990002", "Їжакевич", "Остап", "", "lieutenant"),
    ),
    "BY": (
        ("990001", "Дзяўго", "Аляксандра", "Ігараўна", "sergeant"),
        ("990002", "Шчарбіна", "Янка", "", "lieutenant"),
    ),
}


def is_example(number: str, family_name: str, given_name: str) -> bool:
    """Whether a row is one of those that the list to fill in came with."""
    return any(
        (number, family_name, given_name) == one[:3] for people in PEOPLE.values() for one in people
    )


def template_rows(*, country: str, language: str) -> tuple[list[str], list[list[str]]]:
    """Headers in the active language, with a star where a cell must be filled, and two examples."""
    headers = [f"{field.label} *" if field.required else str(field.label) for field in FIELDS]
    own = "be" if country == "BY" else "uk"
    rows = [
        [
            number, family, given, patronymic, rank_name(country, rank, language), "",
            f"{number}@example.org" if position == 0 else "", own, "2026-09-01",
        ]
        for position, (number, family, given, patronymic, rank) in enumerate(
            PEOPLE.get(country, PEOPLE["UA"])
        )
    ]  # fmt: skip
    return headers, rows


def file_of(
    file_format: str, headers: Sequence[str], rows: Iterable[Sequence[str]], *, title: str
) -> tuple[bytes, str]:
    """The table as a file and its content type; both empty for a format that is not offered."""
    if file_format == "csv":
        return csv_bytes(headers, rows), KINDS["csv"]
    if file_format == "xlsx":
        return xlsx_bytes(headers, rows, title=title), KINDS["xlsx"]
    return b"", ""
