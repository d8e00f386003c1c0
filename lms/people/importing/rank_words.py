"""Ranks as staff lists write them: four languages, any case, dots, common abbreviations."""

import re
from functools import cache

from lms.people.ranks import ranks
from lms.text import search_key

SIGNS = re.compile(r"[\s.\-‐-―]+")
# Abbreviations that no rule finds or that two ranks could claim.
USUAL = {
    "полковник": ("п-к", "полк", "col"),
    "підполковник": ("п/п-к", "пп-к", "п/полковник", "lt col", "ltcol"),
    "подполковник": ("п/п-к", "пп-к", "п/полковник", "lt col", "ltcol"),
    "сержант": ("с-т", "с-нт", "серж", "sgt"),
    "старший сержант": ("ст с-т", "ст с-нт", "s sgt"),
    "молодший сержант": ("мол с-т", "мл с-т", "мол с-нт"),
    "младший сержант": ("мл с-т", "мл с-нт", "мол с-т"),
    "солдат": ("с-т солдат", "солд", "sol"),
    "рядовой": ("ряд", "pte"),
    "капітан": ("к-н", "кап", "capt"),
    "капитан": ("к-н", "кап", "capt"),
    "майор": ("м-р", "maj"),
    "лейтенант": ("л-т", "лейт", "lt"),
    "старший лейтенант": ("ст л-т", "ст лейт", "st lt", "s lt"),
    "молодший лейтенант": ("мол л-т", "мл л-т", "мол лейт"),
    "младший лейтенант": ("мл л-т", "мл лейт", "мол л-т"),
    "прапорщик": ("пр-к", "прап"),
    "старший прапорщик": ("ст пр-к", "ст прап"),
}


def rank_key(text: str, country: str) -> str | None:
    """The key of the rank that the text names in the country's service; None if it names none.

    Taken are keys and full names in each language, the usual abbreviations, and words cut short
    ("ст. серж.") where only one rank fits.
    """
    known = _names(country)
    name = _plain(text)
    if found := known.get(name):
        return found
    words = name.split()
    fitting = {key for full, key in known.items() if words and _is_cut_from(words, full.split())}
    return fitting.pop() if len(fitting) == 1 else None


def _plain(text: str) -> str:
    return " ".join(SIGNS.sub(" ", search_key(text)).split())


@cache
def _names(country: str) -> dict[str, str]:
    """Every way to write a rank → its key."""
    names: dict[str, str] = {}
    for key, by_language in ranks(country).items():
        for name in (key, *by_language.values()):
            names[_plain(name)] = key
    for full, short_forms in USUAL.items():
        if key := names.get(_plain(full), ""):
            for short in short_forms:
                names.setdefault(_plain(short), key)
    return names


def _is_cut_from(words: list[str], full: list[str]) -> bool:
    """Each word is the beginning, of two letters at least, of the word at its place."""
    return len(words) == len(full) and all(
        len(word) >= 2 and whole.startswith(word) for word, whole in zip(words, full, strict=True)
    )
