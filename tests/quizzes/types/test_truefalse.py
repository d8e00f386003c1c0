from typing import Any

import pytest

from quizzes.types.base import BodyError, Mark, MarkedLine
from quizzes.types.truefalse import TrueFalse
from tests.quizzes.types.samples import BODIES, STEM, posted

kind = TrueFalse()
body = kind.parse(BODIES["truefalse"])  # false is right


@pytest.mark.parametrize("right", ["true", 1, None])
def test_right_is_a_boolean(right: object) -> None:
    with pytest.raises(BodyError, match=r"^right: "):
        kind.parse(STEM | {"right": right})


@pytest.mark.parametrize("value", [None, 0, "", "false", [], {}, [False]])
def test_only_booleans_are_answers(value: object) -> None:
    response: dict[str, Any] = {"value": value}

    assert kind.grade(body, response) == Mark.of(0)
    assert not kind.is_answered(body, response)
    assert kind.answer_text(body, response, "en") == []


def test_mark() -> None:
    assert kind.grade(body, {}) == Mark.of(0)
    assert kind.grade(body, {"value": True}) == Mark.of(0)
    assert kind.grade(body, {"value": False}) == Mark.of(1)


def test_false_is_an_answer() -> None:
    assert kind.is_answered(body, {"value": False})
    assert kind.read(body, posted({"q": ["false"]}), "q") == {"value": False}
    assert kind.form_data(body, {"value": False}, "q") == {"q": ["false"]}


@pytest.mark.parametrize("value", ["", "False", "0", "yes"])
def test_other_posted_values_are_no_answer(value: str) -> None:
    assert kind.read(body, posted({"q": [value]}), "q") == {}


def test_shown_and_reviewed_true_first() -> None:
    shown = kind.show(body, {"value": False}, [], "en")

    assert shown["choices"] == [
        {"key": "true", "text": "True", "lang": "", "chosen": False},
        {"key": "false", "text": "False", "lang": "", "chosen": True},
    ]
    assert kind.choices_marked(body, {"value": True}, [], "en") == [
        MarkedLine("True", "", chosen=True, right=False),
        MarkedLine("False", "", chosen=False, right=True),
    ]
    assert kind.right_text(body, "en") == ["False"]
