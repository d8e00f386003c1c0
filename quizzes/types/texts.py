"""Texts in several languages, and typed text made comparable."""

import re
import unicodedata
from typing import Annotated, NamedTuple

from pydantic import AfterValidator, StringConstraints

from lms.text import search_key
from quizzes.types.refusal import Refused

I18nText = dict[str, str]

# Where the asked language has no text: the languages tried next, then any.
FALLBACK = ("uk", "en")
LONGEST_TEXT = 10_000

# PostgreSQL's JSON refuses NUL, UTF-8 refuses lone surrogates.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_TRAILING = ".,;:!?…"


class Localized(NamedTuple):
    """Words as shown; `lang` is empty when they are in the language asked for."""

    words: str
    lang: str


def clean(text: str) -> str:
    """The text without characters that no database of ours stores, trimmed."""
    return _UNSTORABLE.sub("", text).strip()


def localized(text: I18nText, language: str) -> Localized:
    """The text in `language`, else in the first fallback that has it, else in any; may be empty."""
    for code in (language, *FALLBACK, *text):
        if words := text.get(code):
            return Localized(words, "" if code == language else code)
    return Localized("", "")


def normalized(text: str) -> str:
    """Typed text made comparable: form, case, apostrophes, ё, spaces, closing punctuation.

    ґ and г stay different (domain/exercises.md, section 6). Text that is nothing but
    punctuation is kept, since then it is the answer.
    """
    # Soft hyphens and zero-width characters arrive by copying and are not seen.
    text = "".join(char for char in text if unicodedata.category(char) != "Cf")
    text = search_key(text)
    return text.rstrip(_TRAILING + " ") or text


def look_alike(one: I18nText, other: I18nText) -> bool:
    """Whether a reader of some language sees the same words for both texts."""
    return any(
        unicodedata.normalize("NFC", localized(one, language).words)
        == unicodedata.normalize("NFC", localized(other, language).words)
        for language in {*one, *other}
    )


def _without_blanks(text: I18nText) -> I18nText:
    tidy = {language: clean(words) for language, words in text.items()}
    return {language: words for language, words in tidy.items() if words}


def _written(text: I18nText) -> I18nText:
    text = _without_blanks(text)
    if not text:
        raise Refused("unwritten", "must be written in at least one language")
    return text


LanguageCode = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$")]
_Words = Annotated[str, StringConstraints(max_length=LONGEST_TEXT)]
# A text that a question cannot do without, and one that it can; blanks are holes, not texts.
WrittenText = Annotated[dict[LanguageCode, _Words], AfterValidator(_written)]
OptionalText = Annotated[dict[LanguageCode, _Words], AfterValidator(_without_blanks)]
