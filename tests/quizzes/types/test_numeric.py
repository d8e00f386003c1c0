from decimal import Decimal
from typing import Any

import pytest

from quizzes.types.base import BodyError, Mark
from quizzes.types.numeric import Numeric, number
from tests.quizzes.types.samples import BODIES, STEM, posted

kind = Numeric()
body = kind.parse(BODIES["numeric"])  # 12.5 ± 0.5


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({}, "answer"),
        ({"answer": 103}, "answer"),
        ({"answer": 12.5}, "answer"),
        ({"answer": ""}, "answer"),
        ({"answer": "NaN"}, "answer"),
        ({"answer": "1e5"}, "answer"),
        ({"answer": "ten"}, "answer"),
        ({"answer": "1", "tolerance": "-0.1"}, "tolerance"),
        ({"answer": "1", "tolerance": "Infinity"}, "tolerance"),
    ],
)
def test_malformed_numbers_are_refused(fields: dict[str, Any], place: str) -> None:
    with pytest.raises(BodyError) as raised:
        kind.parse(STEM | fields)

    assert raised.value.place == place


def test_author_may_write_a_decimal_comma() -> None:
    written = kind.parse(STEM | {"answer": "1 012,50", "tolerance": "0,5"})

    assert (written.answer, written.tolerance) == ("1012.50", "0.5")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "frog",
        ",",
        ".",
        "-",
        ".e8",
        "1e",
        "NaN",
        "sNaN",
        "Infinity",
        "-inf",
        "1e999999999",
        "1e-999999999",
        "1e100",
        "1_000",
        "1,234.56",
        "1.2.3",
        "0x10",
        "١٢",
        "12 m",
        "3%",
        "9" * 61,
    ],
)
def test_text_that_is_no_number(text: str) -> None:
    assert number(text) is None
    assert kind.grade(body, {"text": text}) == Mark.of(0)
    assert not kind.is_answered(body, {"text": text})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("103", "103"),
        (" 1 012,5 ", "1012.5"),
        ("1\u00a0012\u202f500", "1012500"),
        ("−7", "-7"),
        ("–7", "-7"),
        ("- 7", "-7"),
        ("+7", "7"),
        ("007", "7"),
        ("-0", "0"),
    ],
)
def test_number_as_people_type_it(text: str, value: str) -> None:
    assert number(text) == Decimal(value)


@pytest.mark.parametrize("text", [None, 12.5, 12, True, [], {"a": 1}])
def test_json_numbers_are_no_typed_text(text: object) -> None:
    assert kind.grade(body, {"text": text}) == Mark.of(0)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("12", True),
        ("13", True),
        ("12,5", True),
        ("1.25e1", True),
        ("11.9999999999999999999999999999999999999999", False),
        ("13.0000000000000000000000000000000000000001", False),
        ("1e99", False),
        ("-12.5", False),
    ],
)
def test_tolerance_includes_its_ends_exactly(text: str, right: bool) -> None:
    assert kind.grade(body, {"text": text}) == Mark.of(right)


def test_no_tolerance_means_equal() -> None:
    exact = kind.parse(STEM | {"answer": "0"})

    assert kind.grade(exact, {"text": "0,0"}) == Mark.of(1)
    assert kind.grade(exact, {"text": "1e-99"}) == Mark.of(0)


def test_problem_is_said_only_of_what_is_no_number() -> None:
    assert kind.problem(body, {}) == ""
    assert kind.problem(body, {"text": "13"}) == ""
    assert "thirteen" in kind.problem(body, {"text": "thirteen"})
    assert len(kind.problem(body, {"text": "x" * 500})) < 150


def test_text_is_kept_as_typed() -> None:
    assert kind.read(body, posted({"q": [" 1 2,5 "]}), "q") == {"text": "1 2,5"}
    assert kind.answer_text(body, {"text": "1 2,5"}, "en") == ["1 2,5"]


@pytest.mark.parametrize(
    ("language", "words"), [("uk", "12,5 ± 0,5"), ("be", "12,5 ± 0,5"), ("en", "12.5 ± 0.5")]
)
def test_right_answer_in_the_languages_way(language: str, words: str) -> None:
    assert kind.right_text(body, language) == [words]


def test_right_answer_without_tolerance() -> None:
    assert kind.right_text(kind.parse(STEM | {"answer": "-5", "tolerance": "0.0"}), "en") == ["−5"]


def test_negative_answer_can_be_typed_on_a_phone() -> None:
    negative = kind.parse(STEM | {"answer": "-5"})

    assert kind.show(negative, {}, [], "uk")["inputmode"] == "text"
    assert kind.show(body, {}, [], "uk")["inputmode"] == "decimal"
