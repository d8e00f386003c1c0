from typing import Any

import pytest

from quizzes.types.base import BodyError, Mark, MarkedLine
from quizzes.types.single import SingleChoice
from tests.quizzes.types.samples import BODIES, STEM, choice, posted, said

kind = SingleChoice()
body = kind.parse(BODIES["single"])


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ([choice("a"), choice("b")], "choices: .*none of the choices is right"),
        ([choice("a", right=True), choice("b", right=True)], "choices: .*more than one"),
        ([choice("a", right=True)], "choices: .*at least 2"),
        ([choice("a", right=True), choice("a")], "choices: .*'a' is used twice"),
        (
            [choice("a", right=True), choice("b") | {"text": {"en": "choice a"}}],
            "choices: .*'a' and 'b' have the same text",
        ),
        ([choice("a", right=True), choice("b") | {"right": "yes"}], r"choices\.1\.right: "),
    ],
)
def test_malformed_choices_are_refused(choices: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(BodyError, match=message):
        kind.parse(STEM | {"choices": choices})


@pytest.mark.parametrize(
    "response",
    [{}, {"choice": "zzz"}, {"choice": ["a"]}, {"choice": None}, {"choices": ["a"]}, {"a": "a"}],
)
def test_senseless_response_counts_as_none(response: dict[str, Any]) -> None:
    assert kind.grade(body, response) == Mark.of(0)
    assert not kind.is_answered(body, response)
    assert kind.answer_text(body, response, "uk") == []


def test_only_the_right_choice_gives_the_mark() -> None:
    assert [kind.grade(body, {"choice": id_}) for id_ in "abc"] == [
        Mark.of(1),
        Mark.of(0),
        Mark.of(0),
    ]


@pytest.mark.parametrize("value", ["", "a", "k0", "k4", "k1\x00k2"])
def test_reads_no_choice_from_what_is_none(value: str) -> None:
    assert kind.read(body, posted({"q1": [value]}), "q1") == {}
    assert kind.read(body, posted({"other": ["k1"]}), "q1") == {}


def test_reads_a_choice_by_its_key() -> None:
    assert kind.read(body, posted({"q1": ["k2"]}), "q1") == {"choice": "b"}


def test_page_says_neither_ids_nor_what_is_right() -> None:
    shown = kind.show(body, {"choice": "c"}, ["c", "a", "b"], "be")

    assert shown == {
        "code": "single",
        "text": "ў’і Which one?",
        "lang": "",
        "mrz": "P<UTO\nL898902C36UTO",
        "choices": [
            {"key": "k3", "text": "ў’і choice c", "lang": "", "chosen": True},
            {"key": "k1", "text": "ў’і choice a", "lang": "", "chosen": False},
            {"key": "k2", "text": "ў’і choice b", "lang": "", "chosen": False},
        ],
    }


def test_text_that_fell_back_says_its_language() -> None:
    shown = kind.show(body, {}, [], "pl")

    assert (shown["lang"], shown["choices"][0]["lang"]) == ("uk", "uk")


def test_review_lines_stand_as_they_were_shown() -> None:
    assert kind.choices_marked(body, {"choice": "b"}, ["b", "c", "a"], "en") == [
        MarkedLine("choice b", "", chosen=True, right=False),
        MarkedLine("choice c", "", chosen=False, right=False),
        MarkedLine("choice a", "", chosen=False, right=True),
    ]
    assert kind.answer_text(body, {"choice": "b"}, "en") == ["choice b"]
    assert kind.right_text(body, "en") == ["choice a"]


def test_holes_name_what_is_not_written() -> None:
    holed = kind.parse(
        BODIES["single"]
        | {
            "explanation": {"uk": "Бо так."},
            "choices": [choice("a", right=True), {"id": "b", "text": {"uk": "б", "en": " "}}],
        }
    )

    assert kind.holes(holed, "en") == ["explanation", "choices.1.text"]
    assert kind.holes(holed, "uk") == []


def test_explanation_nobody_wrote_is_no_hole() -> None:
    bare = kind.parse({"text": said("?"), "choices": BODIES["single"]["choices"]})

    assert kind.holes(bare, "en") == []
