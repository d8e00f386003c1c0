"""What is wrong with words of a language: letters, apostrophes, leftovers, words to be avoided."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

CYRILLIC = ("uk", "be", "ru")
# Letters that the language does not have.
FOREIGN = {"uk": "ыэъёў", "be": "ищъїєґ", "ru": "іїєґў"}
MIXED = re.compile(r"[А-Яа-яЁёІіЇїЄєҐґЎў]+[A-Za-z]+\w*|[A-Za-z]+[А-Яа-яЁёІіЇїЄєҐґЎў]+\w*")
APOSTROPHE = re.compile(r"[а-яіїєґўё]['`´ʼ′‘][а-яіїєґўё]", re.IGNORECASE)
ENGLISH = re.compile(r"\b[A-Za-z][a-z]+(?:[ ,]+[a-z]{2,}){2,}\b")
AFTER_CONSONANT = re.compile(r"[бвгджзйклмнпрстфхцчш]ў", re.IGNORECASE)
HIDDEN = re.compile(r"`[^`]*`|\]\([^)\s]*|https?://\S+")


def visible(text: str) -> str:
    """The words of a line of Markdown, without code and addresses."""
    return HIDDEN.sub(" ", text)


def faults_of_letters(text: str, language: str) -> Iterator[str]:
    """What is wrong with the letters of a text, in sentences."""
    if language not in CYRILLIC:
        return
    text = visible(text)
    for match in MIXED.finditer(text):
        yield f"“{match[0]}” mixes Latin and Cyrillic letters"
    wrong = sorted({letter for letter in text.lower() if letter in FOREIGN[language]})
    if wrong:
        word = next(w for w in re.findall(r"[\w’]+", text) if set(wrong) & set(w.lower()))
        yield f"“{word}” has a letter that the language does not have: {', '.join(wrong)}"
    if quoted := APOSTROPHE.search(text):
        yield f"the apostrophe in “{_word(text, quoted)}” is to be ’"
    if english := ENGLISH.search(text):
        yield f"left in English: “{english[0]}”"
    if language == "be" and (short := AFTER_CONSONANT.search(text)):
        yield f"ў after a consonant: “{_word(text, short)}”"


def _word(text: str, match: re.Match[str]) -> str:
    start = max((found.start() for found in re.finditer(r"\S+", text[: match.end()])), default=0)
    return text[start:].split()[0].strip(".,;:!?«»()")


@cache
def pattern_of(words: str) -> re.Pattern[str]:
    """`контрольн* числ*` as a pattern: * stands for any letters."""
    parts = [re.escape(word).replace(r"\*", r"\w*") for word in words.split()]
    return re.compile(r"\b" + r"\s+".join(parts) + r"\b", re.IGNORECASE)


def avoided(glossary: Mapping[str, Mapping[str, object]], language: str) -> list[tuple[str, str]]:
    """The words not to be used in a language, each with the term to be used."""
    found = []
    for entry in glossary.values():
        avoid, term = entry.get("avoid"), entry.get("term")
        if isinstance(avoid, Mapping) and isinstance(term, Mapping):
            found += [(str(words), str(term.get(language))) for words in avoid.get(language, ())]
    return found


def faults_of_words(text: str, avoid: Sequence[tuple[str, str]]) -> Iterator[str]:
    """The words of a text that the glossary bans."""
    text = visible(text)
    for words, term in avoid:
        if match := pattern_of(words).search(text):
            yield f"“{match[0]}” is not used: write “{term}”"


def is_like(words: str, term: str) -> bool:
    """Whether words of a link have a word in common with a term, endings apart."""
    given = re.findall(r"[\w’]+", words.lower())
    stems = [word[: max(3, min(4, len(word) - 1))] for word in re.findall(r"[\w’]+", term.lower())]
    return any(word.startswith(stem) for word in given for stem in stems if len(stem) > 2)
