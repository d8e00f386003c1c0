"""How a question is called where there is room for a line."""

from quizzes.models import QuestionVersion
from quizzes.types.texts import localized

FIRST_WORDS = 140


def first_words(version: QuestionVersion | None, language: str) -> tuple[str, str]:
    """The beginning of a question and the language it is in, empty for the one asked for."""
    text = version.body.get("text") if version and isinstance(version.body, dict) else None
    words, lang = localized(text if isinstance(text, dict) else {}, language)
    line = " ".join(words.split())
    return (line if len(line) <= FIRST_WORDS else f"{line[:FIRST_WORDS].rstrip()}…"), lang
