"""Checks what a row says about a person, as far as that can be told from the row alone."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from lms.people.importing.fields import BY_KEY, FIELDS, REQUIRED
from lms.people.importing.rank_words import rank_key
from lms.people.importing.reasons import problem
from lms.people.transliteration import normalise_name
from lms.text import search_key

NUMBER = re.compile(r"[^\W_](?:[^\W_]|[./-])*")
INVISIBLE = dict.fromkeys(map(ord, "\u200b\ufeff\u00ad\u2060"))  # what copying leaves behind
NOTHING = {"-", "–", "—"}  # how lists write that there is none
ISO_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]00:00(?::00)?)?")
WRITTEN_DAY = re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4})(?: ?[рг]\.?)?")
FIRST_DAY = date(1950, 1, 1)
AHEAD = timedelta(days=366)
LANGUAGE_WORDS = {
    "uk": ("uk", "ua", "укр", "українська", "украинский", "украінская", "ukrainian"),
    "be": ("be", "by", "бел", "білоруська", "белорусский", "беларуская", "belarusian"),
    "ru": ("ru", "рус", "російська", "русский", "руская", "russian"),
    "en": ("en", "англ", "англійська", "английский", "англійская", "english"),
}
_LANGUAGES = {word: code for code, words in LANGUAGE_WORDS.items() for word in words}


@dataclass(frozen=True)
class Listed:
    """A person as a row lists him; what the row leaves empty is "" or None."""

    number: str = ""
    family_name: str = ""
    given_name: str = ""
    patronymic: str = ""
    rank: str = ""
    unit: str = ""
    email: str = ""
    language: str = ""
    since: date | None = None


class Wrong(ValueError):
    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code, self.params = code, params


@dataclass(frozen=True)
class Reader:
    """Reads the rows of one list: `columns` maps our fields to the file's columns, from 0."""

    columns: Mapping[str, int]
    country: str
    service_code: str
    today: date

    def cell(self, cells: Sequence[str], key: str) -> str:
        position = self.columns.get(key)
        return cells[position] if position is not None and position < len(cells) else ""

    def read(self, cells: Sequence[str]) -> tuple[Listed, list[dict[str, Any]]]:
        """What is right, and a problem for each cell that is not."""
        listed, problems = Listed(), []
        for field in FIELDS:
            raw = self.cell(cells, field.key)
            try:
                if value := self.value(field.key, raw):
                    listed = replace(listed, **{field.key: value})
            except Wrong as wrong:
                problems.append(problem(field.key, raw, wrong.code, **wrong.params))
        return listed, problems

    def value(self, key: str, raw: str) -> Any:
        """The value of a cell. Raises Wrong."""
        text = unicodedata.normalize("NFC", raw.translate(INVISIBLE)).strip()
        if key not in REQUIRED and text in NOTHING:
            text = ""
        if not text:
            if key in REQUIRED:
                raise Wrong("missing")
            return ""
        text = " ".join(text.split())
        if any(unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Co"} for sign in text):
            raise Wrong("control")
        if len(text) > BY_KEY[key].longest:
            raise Wrong("too_long", length=len(text), limit=BY_KEY[key].longest)
        read: Callable[[str], Any] = getattr(self, f"_{key}")
        return read(text)

    def _number(self, text: str) -> str:
        """Without the code of the service, which a log-in name has before it."""
        number = text.casefold().removeprefix(f"{self.service_code}-".casefold())
        if not NUMBER.fullmatch(number):
            raise Wrong("number")
        return number

    def _name(self, text: str) -> str:
        name = normalise_name(text)
        if not any(sign.isalpha() for sign in name):
            raise Wrong("no_letter")
        return name

    _family_name = _given_name = _patronymic = _name

    def _rank(self, text: str) -> str:
        key = rank_key(text, self.country)
        if key is None:
            raise Wrong("rank")
        return key

    def _unit(self, text: str) -> str:
        return text.casefold()

    def _email(self, text: str) -> str:
        address = text.removeprefix("mailto:").casefold()
        try:
            validate_email(address)
        except ValidationError as error:
            raise Wrong("email") from error
        return address

    def _language(self, text: str) -> str:
        code = _LANGUAGES.get(search_key(text).rstrip("."), "")
        if code not in dict(settings.LANGUAGES):
            raise Wrong("language", languages=", ".join(dict(settings.LANGUAGES)))
        return code

    def _since(self, text: str) -> date:
        if found := ISO_DAY.fullmatch(text):
            parts = found[1], found[2], found[3]
        elif found := WRITTEN_DAY.fullmatch(text):
            parts = found[3], found[2], found[1]
        else:
            raise Wrong("date")
        try:
            day = date(*map(int, parts))
        except ValueError as error:
            raise Wrong("no_such_day") from error
        if not FIRST_DAY <= day <= self.today + AHEAD:
            raise Wrong("date_far")
        return day
