"""What lists of questions search and filter by, written with each version."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from lms.text import search_key
from quizzes.models import Question
from quizzes.types import registry
from quizzes.types.base import BodyError

LONGEST_KEY = 20_000


def write_keys(question: Question, body: Mapping[str, Any]) -> None:
    """Set the keys of a question from the body of its newest version; the caller saves."""
    question_type = registry.get(question.type)
    words: list[str] = []
    whole: list[str] = []
    if question_type:
        for part in question_type.form:
            words += [said for _place, _language, said in part.lines(body.get(part.name))]
        whole = whole_in(question.type, body)
    tags = " ".join(f"#{tag}#" for tag in question.tags)
    question.search_key = search_key(*words, question.key, tags)[:LONGEST_KEY]
    question.written_in = f" {' '.join(whole)} " if whole else ""


def whole_in(type_: str, body: Mapping[str, Any]) -> list[str]:
    """The languages in which nothing of the body is missing; none while it is unfinished."""
    question_type = registry.get(type_)
    if question_type is None:
        return []
    try:
        parsed = question_type.parse(body)
    except BodyError:
        return []
    return [code for code, _name in settings.LANGUAGES if not question_type.holes(parsed, code)]
