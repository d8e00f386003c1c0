"""The question types that come with Waypost."""

from typing import Any

from quizzes.types import registry
from quizzes.types.base import QuestionType
from quizzes.types.matching import Matching
from quizzes.types.multiple import MultipleChoice
from quizzes.types.numeric import Numeric
from quizzes.types.ordering import Ordering
from quizzes.types.shorttext import ShortText
from quizzes.types.single import SingleChoice
from quizzes.types.truefalse import TrueFalse

TYPES: tuple[QuestionType[Any], ...] = (
    SingleChoice(),
    MultipleChoice(),
    TrueFalse(),
    ShortText(),
    Numeric(),
    Matching(),
    Ordering(),
)


def register_all() -> None:
    """Register each of them; called once, by the app's ready()."""
    for question_type in TYPES:
        registry.register(question_type)
