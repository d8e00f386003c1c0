import random
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation

from quizzes.types.base import BodyError, Mark, MarkedLine
from quizzes.types.matching import Matching
from tests.quizzes.types.samples import BODIES, STEM, posted, said

kind = Matching()
# dog and cat are mammals, frog an amphibian; an insect is the extra
body = kind.parse(BODIES["matching"])
KEYS = {"frog": "k1", "x": "k2", "cat": "k3", "dog": "k4"}  # by text; dog's and cat's are equal


def pair(id_: str, left: str, right: str) -> dict[str, Any]:
    return {"id": id_, "left": said(left), "right": said(right)}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "^pairs: "),
        ({"pairs": [pair("a", "A", "1")]}, "^pairs: .*at least 2"),
        ({"pairs": [pair("a", "A", "1"), pair("a", "B", "2")]}, "^pairs: .*'a' is used twice"),
        ({"pairs": [pair("a", "A", "1"), pair("b", "A", "2")]}, "^pairs: .*the same text"),
        ({"pairs": [pair("a", "A", "1"), {"id": "b", "left": said("B")}]}, r"^pairs\.1\.right: "),
        ({"extra": [{"id": "dog", "text": said("Fish")}]}, "^extra: .*'dog' is used twice"),
        ({"extra": [{"id": "y", "text": said("Mammal")}]}, "^extra: .*the same text"),
        ({"extra": [{"id": "y", "text": {}}]}, r"^extra\.0\.text: "),
    ],
)
def test_malformed_pairs_are_refused(fields: dict[str, Any], message: str) -> None:
    base = BODIES["matching"] if "extra" in fields else STEM
    with pytest.raises(BodyError, match=message):
        kind.parse(base | fields)


@pytest.mark.parametrize(
    "pairs", [None, [], "dog", {"dog": ["dog"]}, {"dog": None}, {"zzz": "dog"}, {"dog": "zzz"}]
)
def test_senseless_response_counts_as_none(pairs: object) -> None:
    response: dict[str, Any] = {"pairs": pairs}

    assert kind.grade(body, response) == Mark.of(0)
    assert not kind.is_answered(body, response)
    assert kind.answer_text(body, response, "en") == []
    assert kind.problem(body, response) == ""


@pytest.mark.parametrize(
    ("pairs", "fraction"),
    [
        ({"dog": "dog", "frog": "frog", "cat": "cat"}, "1"),
        ({"dog": "cat", "frog": "frog", "cat": "dog"}, "1"),  # equal texts are equal
        ({"dog": "cat"}, "0.3333333"),
        ({"dog": "frog", "frog": "frog", "cat": "x"}, "0.3333333"),
        ({"dog": "frog", "frog": "x", "cat": "x"}, "0"),
    ],
)
def test_mark_is_the_share_of_right_pairs(pairs: dict[str, str], fraction: str) -> None:
    assert kind.grade(body, {"pairs": pairs}).fraction == Decimal(fraction)


def test_texts_equal_in_one_language_only_count_as_equal() -> None:
    same_in_uk = kind.parse(
        STEM
        | {
            "pairs": [
                {"id": "a", "left": said("A"), "right": {"uk": "час", "en": "time"}},
                {"id": "b", "left": said("B"), "right": {"uk": "час", "en": "hour"}},
            ]
        }
    )

    assert kind.grade(same_in_uk, {"pairs": {"a": "b", "b": "b"}}) == Mark.of(1)


def test_problem_counts_the_lines_without_answer() -> None:
    translation.activate("en")
    assert "1 line " in kind.problem(body, {"pairs": {"dog": "x", "cat": "x"}})
    assert "2 lines " in kind.problem(body, {"pairs": {"dog": "x"}})
    assert kind.problem(body, kind.right_response(body)) == ""
    assert not kind.is_answered(body, {"pairs": {"dog": "x"}})


def test_reads_by_key_and_drops_what_it_does_not_know() -> None:
    post = posted({"q-dog": [KEYS["cat"]], "q-frog": ["frog"], "q-zzz": ["k1"], "q": ["k1"]})

    assert kind.read(body, post, "q") == {"pairs": {"dog": "cat"}}
    assert kind.read(body, posted({"q-dog": [""]}), "q") == {}


def test_equal_texts_are_offered_once_and_stay_chosen() -> None:
    shown = kind.show(body, {"pairs": {"dog": "dog", "cat": "x"}}, ["x", "cat", "dog"], "en")

    assert [(option["key"], option["text"]) for option in shown["options"]] == [
        (KEYS["x"], "Insect"),
        (KEYS["cat"], "Mammal"),
        (KEYS["frog"], "Amphibian"),
    ]
    assert [(line["id"], line["text"], line["chosen"]) for line in shown["pairs"]] == [
        ("dog", "Dog", KEYS["cat"]),
        ("frog", "Frog", ""),
        ("cat", "Cat", KEYS["x"]),
    ]


def test_fixed_order_says_nothing_of_the_pairs() -> None:
    plain = [pair("a", "A", "3"), pair("b", "B", "1"), pair("c", "C", "2")]

    assert kind.fixed_order(kind.parse(STEM | {"pairs": plain})) == ["b", "c", "a"]


def test_shuffle_orders_all_right_texts() -> None:
    order = kind.shuffle(body, random.Random(1))

    assert sorted(order) == sorted(body.rights)
    assert order == kind.shuffle(body, random.Random(1))


def test_answers_in_words_line_beside_line() -> None:
    response = {"pairs": {"frog": "x", "cat": "dog"}}

    assert kind.answer_text(body, response, "en") == ["Dog → —", "Frog → Insect", "Cat → Mammal"]
    assert kind.right_text(body, "en") == ["Dog → Mammal", "Frog → Amphibian", "Cat → Mammal"]
    assert kind.choices_marked(body, response, [], "en") == [
        MarkedLine("Dog → —", "", chosen=False, right=False),
        MarkedLine("Frog → Insect", "", chosen=True, right=False),
        MarkedLine("Cat → Mammal", "", chosen=True, right=True),
    ]


def test_holes_name_each_side() -> None:
    holed = kind.parse(
        BODIES["matching"]
        | {
            "pairs": [pair("a", "A", "1"), pair("b", "B", "2") | {"right": {"uk": "два"}}],
            "extra": [{"id": "x", "text": {"uk": "три"}}],
        }
    )

    assert kind.holes(holed, "en") == ["pairs.1.right", "extra.0.text"]
