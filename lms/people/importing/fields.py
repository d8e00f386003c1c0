"""The columns of a staff list: what they are called in four languages, and how they are guessed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lms.text import search_key

NOT_LETTERS = re.compile(r"[^\w№’]+")


@dataclass(frozen=True)
class Field:
    """A column that we know; `words` are the headers by which it is recognised, casefolded."""

    key: str
    label: Promise
    words: tuple[str, ...]
    required: bool = False
    longest: int = 150


FIELDS = (
    Field(
        "number",
        _("Service number"),
        (
            "service number", "service no", "staff number", "staff id", "personal number", "number",
            "employee number", "employee id", "id", "login",
            "службовий номер", "особистий номер", "табельний номер", "номер", "жетон",
            "номер жетона", "особовий номер", "таб номер", "таб №", "логін",
            "службовы нумар", "асабісты нумар", "табельны нумар", "нумар", "асабовы нумар",
            "служебный номер", "личный номер", "табельный номер", "номер жетона", "логин",
        ),
        required=True,
        longest=32,
    ),
    Field(
        "family_name",
        _("Family name"),
        (
            "family name", "last name", "surname", "lastname", "familyname", "name family",
            "прізвище", "прозвішча", "фамилия",
        ),
        required=True,
    ),
    Field(
        "given_name",
        _("Given name"),
        (
            "given name", "first name", "forename", "firstname", "givenname", "name",
            "ім’я", "імя", "власне ім’я", "імя асабістае", "уласнае імя", "имя",
        ),
        required=True,
    ),
    Field(
        "patronymic",
        _("Patronymic"),
        ("patronymic", "middle name", "по батькові", "по-батькові", "імя па бацьку",
         "імя па-бацьку", "па бацьку", "отчество"),
    ),
    Field(
        "rank",
        _("Rank"),
        ("rank", "military rank", "військове звання", "звання", "спеціальне звання",
         "воінскае званне", "званне", "воинское звание", "звание"),
        longest=100,
    ),
    Field(
        "unit",
        _("Unit code"),
        ("unit code", "unit", "organisation", "organization", "department", "department code",
         "код підрозділу", "підрозділ", "код падраздзялення", "падраздзяленне",
         "код подразделения", "подразделение"),
        longest=32,
    ),
    Field(
        "email",
        _("E-mail"),
        ("e-mail", "email", "mail", "e-mail address", "email address", "електронна пошта",
         "електронна адреса", "ел пошта", "пошта", "імейл", "адрес электроннай пошты",
         "электронная пошта", "эл пошта", "электронная почта", "адрес электронной почты",
         "эл почта", "почта"),
        longest=254,
    ),
    Field(
        "language",
        _("Language"),
        ("language", "lang", "мова", "мова інтерфейсу", "язык", "язык интерфейса", "мова кнопак"),
        longest=40,
    ),
    Field(
        "since",
        _("Joined on"),
        ("joined on", "joined", "since", "start date", "date joined", "у підрозділі з",
         "дата призначення", "дата прибуття", "прибув", "з дати", "у падраздзяленні з",
         "дата прызначэння", "дата прыбыцця", "в подразделении с", "дата назначения",
         "дата прибытия", "дата приёма", "дата зачисления", "дата зарахування"),
        longest=40,
    ),
)  # fmt: skip
BY_KEY = {field.key: field for field in FIELDS}
REQUIRED = tuple(field.key for field in FIELDS if field.required)


def header_key(text: str) -> str:
    """A header as headers are compared: letters and digits, one apostrophe, ё as е."""
    return " ".join(NOT_LETTERS.sub(" ", search_key(text)).split()).replace("’", "")


_KNOWN = {header_key(word): field.key for field in FIELDS for word in field.words}


def field_named(header: str) -> str:
    """The key of the field whose name or synonym the header is, in any of the four languages."""
    key = header_key(header)
    if found := _KNOWN.get(key):
        return found
    return _KNOWN.get(re.sub(r"\s*\b(?:required|обовязково|обязательно|абавязкова)$", "", key), "")


def guess_columns(headers: Sequence[str]) -> dict[str, int]:
    """Our field → number of the file's column, from 0; the first of two that look alike."""
    columns: dict[str, int] = {}
    for position, header in enumerate(headers):
        if key := field_named(header):
            columns.setdefault(key, position)
    return columns
