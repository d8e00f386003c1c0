from decimal import Decimal
from typing import Any

import pytest

from quizzes.types.base import BodyError, Mark
from quizzes.types.multiple import MultipleChoice
from tests.quizzes.types.samples import BODIES, STEM, choice, posted

kind = MultipleChoice()
body = kind.parse(BODIES["multiple"])  # a and c are right, b and d are not


def test_body_without_a_right_choice_is_refused() -> None:
    with pytest.raises(BodyError, match=r"choices: .*none of the choices is right"):
        kind.parse(STEM | {"choices": [choice("a"), choice("b")]})


@pytest.mark.parametrize(
    "response",
    [{}, {"choices": "ac"}, {"choices": {"a": 1}}, {"choices": [["a"], None, 1]}, {"choice": "a"}],
)
def test_senseless_response_counts_as_none(response: dict[str, Any]) -> None:
    assert kind.grade(body, response) == Mark.of(0)
    assert not kind.is_answered(body, response)


@pytest.mark.parametrize(
    ("chosen", "fraction"),
    [
        ("", "0"),
        ("a", "0.5"),
        ("ac", "1"),
        ("ca", "1"),
        ("aac", "1"),  # a choice counts once
        ("aa", "0.5"),
        ("ab", "0"),
        ("acb", "0.5"),
        ("acbd", "0"),
        ("bd", "0"),  # not below 0
        ("azz", "0.5"),  # unknown ones do not count
    ],
)
def test_right_choices_give_and_wrong_ones_take(chosen: str, fraction: str) -> None:
    assert kind.grade(body, {"choices": list(chosen)}).fraction == Decimal(fraction)


def test_three_thirds_are_one() -> None:
    thirds = kind.parse(STEM | {"choices": [choice(id_, right=id_ != "d") for id_ in "abcd"]})

    assert kind.grade(thirds, {"choices": ["a", "b", "c"]}).fraction == 1
    assert kind.grade(thirds, {"choices": ["a", "b"]}).fraction == Decimal("0.6666667")


def test_reads_what_was_checked_in_the_bodys_order() -> None:
    post = posted({"q1": ["k3", "k1", "k1", "a", "k9"]})

    assert kind.read(body, post, "q1") == {"choices": ["a", "c"]}


def test_nothing_checked_is_no_answer() -> None:
    assert kind.read(body, posted({}), "q1") == {}


def test_answers_in_words() -> None:
    assert kind.answer_text(body, {"choices": ["d", "a"]}, "en") == ["choice a", "choice d"]
    assert kind.right_text(body, "en") == ["choice a", "choice c"]
