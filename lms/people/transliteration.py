"""Names in Latin letters: what is suggested for certificates, until the officer confirms it.

Pure functions over text. What they return is a suggestion: a spelling once taken from a passport
always wins and is never made anew. The machine readable zone has further rules of its own.

Sources of the tables:

* Ukrainian: resolution of the Cabinet of Ministers of Ukraine No. 55 of 27 January 2010;
* Belarusian and Russian: ICAO Doc 9303, part 3 (recommended transliteration of Cyrillic), with
  the values it gives for Belarus and for Russia.
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import NamedTuple

from lms.text import APOSTROPHES

APOSTROPHE = "\u2019"

_CYRILLIC = re.compile(r"[\u0400-\u052f]")
_WORD = re.compile(rf"(?:[^\W\d_]|[\u0300-\u036f]|{APOSTROPHE})+")


class _Table(NamedTuple):
    """Latin values, lower case: of each letter, at the start of a word, and after a letter."""

    letters: Mapping[str, str]
    initial: Mapping[str, str]
    pairs: Mapping[str, str]


# Letters that the three alphabets write alike, the soft sign and the apostrophe, which all omit.
_COMMON: dict[str, str] = {
    "а": "a", "б": "b", "в": "v", "д": "d", "е": "e", "ж": "zh", "з": "z", "к": "k", "л": "l",
    "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f",
    "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ь": "", APOSTROPHE: "",
}  # fmt: skip

# Doc 9303-3 without national exceptions. It stands under every table, so that a Russian letter in
# a Ukrainian record (or the other way round) never reaches a certificate as it is.
_ICAO: dict[str, str] = _COMMON | {
    "г": "g", "ґ": "g", "ё": "e", "є": "ie", "и": "i", "і": "i", "ї": "i", "й": "i", "ў": "u",
    "ъ": "ie", "ы": "y", "э": "e", "ю": "iu", "я": "ia",
}  # fmt: skip

RUSSIAN = _Table(letters=_ICAO, initial={}, pairs={})
BELARUSIAN = _Table(letters=_ICAO | {"г": "h", "ё": "io"}, initial={}, pairs={})
UKRAINIAN = _Table(
    letters=_ICAO | {"г": "h", "и": "y"},
    initial={"є": "ye", "ї": "yi", "й": "y", "ю": "yu", "я": "ya"},
    pairs={"зг": "gh"},  # lest it be read as ж
)


def normalise_name(text: str) -> str:
    """The one way a name is stored: NFC, single spaces, none at the ends, the apostrophe U+2019.

    Staff lists come with U+0027, U+02BC, a grave accent and worse for the same apostrophe, which
    in Ukrainian and Belarusian is a part of the spelling.
    """
    return " ".join(unicodedata.normalize("NFC", text).translate(APOSTROPHES).split())


def latin_name(text: str, *, country: str, language: str | None = None) -> str:
    """Suggest how `text`, a name or several, is written in Latin letters.

    `country` is the code of the person's service: "UA" takes resolution No. 55/2010 of the Cabinet
    of Ministers of Ukraine, "BY" the Belarusian values of ICAO Doc 9303-3. `language` is the one
    the name is written in: "ru" in Belarus takes the Russian column of Doc 9303-3; in Ukraine it
    changes nothing. Any other country gets the column without national exceptions, because a
    certificate must not fail for want of a table.

    Text without a Cyrillic letter is returned as it came; otherwise it is normalised first. A word
    in capitals stays in capitals (ЩЕРБАНЬ, SHCHERBAN), else a capital gives one capital (Щербань,
    Shcherban). A Cyrillic letter of no Ukrainian, Belarusian or Russian word is left standing.
    """
    if not _CYRILLIC.search(text):
        return text
    table = _table_for(country, language)
    name = normalise_name(text)
    # An initial beside a name in capitals is in capitals too: ЩЕРБАНЬ Ю. → SHCHERBAN YU.
    shouted = name.isupper() and any(len(word) > 1 for word in _WORD.findall(name))

    def latin(found: re.Match[str]) -> str:
        word = found[0]
        if not _CYRILLIC.search(word):
            return word
        capitals = shouted or (len(word) > 1 and word.isupper())
        return _latin_word(word, table, capitals=capitals)

    return _WORD.sub(latin, name)


def _table_for(country: str, language: str | None) -> _Table:
    if country == "UA":
        return UKRAINIAN
    if country == "BY" and language != "ru":
        return BELARUSIAN
    return RUSSIAN


def _latin_word(word: str, table: _Table, *, capitals: bool) -> str:
    """One word: the pair before the letter, and the start of the word before the rest of it."""
    written: list[str] = []
    before = ""
    for sign in word:
        if unicodedata.combining(sign):
            continue  # a stress mark from a dictionary
        letter = sign.lower()
        value = table.letters.get(letter, letter)
        if not before:
            value = table.initial.get(letter, value)
        value = table.pairs.get(before + letter, value)
        if capitals:
            value = value.upper()
        elif sign.isupper():
            value = value.capitalize()
        written.append(value)
        # The apostrophe is no letter: what follows it is as initial as it was before.
        before = before if letter == APOSTROPHE else letter
    return "".join(written)
