import random
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizzes.types.base import BodyError, Mark
from quizzes.types.ordering import Ordering
from tests.quizzes.types.samples import BODIES, STEM, posted, said

kind = Ordering()
body = kind.parse(BODIES["ordering"])  # a b c d


def item(id_: str, text: str) -> dict[str, Any]:
    return {"id": id_, "text": said(text)}


@pytest.mark.parametrize(
    ("items", "message"),
    [
        (None, "^items: "),
        ([item("a", "A")], "^items: .*at least 2"),
        ([item("a", "A"), item("a", "B")], "^items: .*'a' is used twice"),
        ([item("a", "A"), item("b", "A")], "^items: .*the same text"),
        ([item("a", "A"), {"id": "b", "text": {"en": ""}}], r"^items\.1\.text: "),
        ([item("a", "A"), item("b", "B") | {"place": 2}], r"^items\.1\.place: "),
    ],
)
def test_malformed_items_are_refused(items: object, message: str) -> None:
    with pytest.raises(BodyError, match=message):
        kind.parse(STEM | {"items": items})


@pytest.mark.parametrize(
    "positions",
    [
        None,
        ["a", "b"],
        "abcd",
        {"a": "1", "b": "2"},
        {"a": 1.0, "b": 2.0},
        {"a": True, "b": 2.5},
        {"a": 0, "b": 5},
        {"a": 10**400, "b": -1},
        {"x": 1, "y": 2},
        {"a": [1]},
    ],
)
def test_senseless_response_counts_as_none(positions: object) -> None:
    response: dict[str, Any] = {"positions": positions}

    assert kind.grade(body, response) == Mark.of(0)
    assert not kind.is_answered(body, response)
    assert kind.answer_text(body, response, "en") == []
    assert kind.problem(body, response) == ""


@pytest.mark.parametrize(
    ("positions", "fraction"),
    [
        ({"a": 1, "b": 2, "c": 3, "d": 4}, "1"),
        ({"a": 4, "b": 3, "c": 2, "d": 1}, "0"),
        ({"a": 2, "b": 3, "c": 1, "d": 4}, "0.6666667"),  # the worked example: C A B D
        ({"a": 1, "b": 2, "c": 3}, "0.5"),  # d has no place: its three pairs are lost
        ({"a": 1}, "0"),
        ({"a": 1, "b": 1, "c": 2, "d": 3}, "0.8333333"),  # a and b are left open
        ({"a": 1, "b": 1, "c": 1, "d": 1}, "0"),
        ({"a": 1, "b": 2, "c": 4, "d": 4}, "0.8333333"),
    ],
)
def test_mark_is_the_share_of_pairs_in_order(positions: dict[str, int], fraction: str) -> None:
    assert kind.grade(body, {"positions": positions}).fraction == Decimal(fraction)


def test_problem_names_the_position_given_twice() -> None:
    twice = {"positions": {"a": 3, "b": 2, "c": 3, "d": 2}}

    assert "2" in kind.problem(body, twice)
    assert not kind.is_answered(body, twice)


def test_problem_tells_what_is_missing() -> None:
    part = {"positions": {"a": 1, "b": 2}}

    assert kind.problem(body, part)
    assert not kind.is_answered(body, part)
    assert kind.problem(body, {}) == ""
    assert kind.problem(body, kind.right_response(body)) == ""


def test_reads_positions_by_key_and_drops_the_rest() -> None:
    post = posted({"q-k1": ["2"], "q-k2": ["x"], "q-k3": ["5"], "q-d": ["1"], "q-k9": ["1"]})

    assert kind.read(body, post, "q") == {"positions": {"a": 2}}
    assert kind.read(body, posted({"q-k1": [""], "q-k2": ["01"]}), "q") == {}


def test_whole_answer_is_shown_in_its_own_order() -> None:
    response = {"positions": {"a": 4, "b": 3, "c": 1, "d": 2}}
    shown = kind.show(body, response, ["b", "a", "d", "c"], "en")

    assert [(line["key"], line["text"], line["position"]) for line in shown["items"]] == [
        ("k3", "step c", 1),
        ("k4", "step d", 2),
        ("k2", "step b", 3),
        ("k1", "step a", 4),
    ]
    assert [place["number"] for place in shown["places"]] == [1, 2, 3, 4]


def test_answer_in_part_is_shown_in_the_order_given_to_the_officer() -> None:
    shown = kind.show(body, {"positions": {"d": 1}}, ["b", "a", "d", "c"], "en")

    assert [(line["text"], line["position"]) for line in shown["items"]] == [
        ("step b", 0),
        ("step a", 0),
        ("step d", 1),
        ("step c", 0),
    ]


@given(st.integers(2, 5), st.randoms(use_true_random=False))
def test_no_order_shown_at_first_is_the_right_one(count: int, rng: random.Random) -> None:
    steps = kind.parse(STEM | {"items": [item(f"i{n}", f"step {n}") for n in range(count)]})

    for order in (kind.shuffle(steps, random.Random(rng.random())), kind.fixed_order(steps)):
        assert sorted(order) == sorted(steps.ids)
        assert order != steps.ids


def test_fixed_order_is_the_same_each_time() -> None:
    assert kind.fixed_order(body) == kind.fixed_order(kind.parse(BODIES["ordering"]))


def test_answers_in_words() -> None:
    response = {"positions": {"a": 2, "c": 1}}

    assert kind.answer_text(body, response, "en") == ["1. step c", "2. step a"]
    assert kind.right_text(body, "en") == ["1. step a", "2. step b", "3. step c", "4. step d"]
