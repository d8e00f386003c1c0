"""Searching and sorting of Cyrillic text, which neither database does for us.

SQLite folds ASCII only and a C collation puts Є І Ї before А, so a key is written on save.
"""

import unicodedata

# Every sign that staff lists and keyboards put for the apostrophe U+2019.
APOSTROPHES = str.maketrans(
    dict.fromkeys("\u0027\u0060\u00b4\u02b9\u02bb\u02bc\u02bd\u2018\u201b\u2032\uff07", "\u2019")
)
LETTERS = str.maketrans({"ё": "е"})

# One order that is right in each language: Ukrainian, Belarusian and Russian set the letters they
# share alike, and each finds its own in its place. Latin comes after.
ALPHABET = "абвгґдеёєжзиіїйклмнопрстуўфхцчшщъыьэюяabcdefghijklmnopqrstuvwxyz"
# Letters become CJK code points, which every collation keeps in the order of their numbers.
_RANKS = {letter: chr(0x4E00 + rank) for rank, letter in enumerate(ALPHABET)}


def search_key(*parts: str) -> str:
    """The text as it is searched: NFC, casefolded, one apostrophe, ё as е, single spaces."""
    text = unicodedata.normalize("NFC", " ".join(part for part in parts if part)).casefold()
    return " ".join(text.translate(APOSTROPHES).translate(LETTERS).split())


def sort_key(text: str) -> str:
    """A key that any database sorts as the alphabets do; apostrophes are ignored."""
    folded = unicodedata.normalize("NFC", text).casefold().translate(APOSTROPHES).replace("’", "")
    return "".join(_RANKS.get(letter, letter) for letter in folded)
