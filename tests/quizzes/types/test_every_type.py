"""What holds for each question type, whatever it is called."""

import copy
import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizzes.types.base import Mark, QuestionType, State
from tests.quizzes.types.samples import ALL_TYPES, BODIES, posted

LANGUAGES = ["uk", "be", "ru", "en"]
# Names and values that the types know, so that the nonsense comes near to sense.
KNOWN = ["choice", "choices", "value", "text", "pairs", "positions", "a", "b", "c", "d", "x"]
words = st.sampled_from([*KNOWN, "dog", "frog", "cat", "12.5", "guard", "1e99"]) | st.text(
    max_size=8
)
leaves = st.none() | st.booleans() | st.integers() | st.integers(0, 5) | st.floats() | words
anything = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=8,
)
responses = st.dictionaries(words, anything, max_size=4)

every_type = pytest.mark.parametrize("kind", ALL_TYPES, ids=lambda kind: kind.code)
Kind = QuestionType[Any]


@every_type
@settings(max_examples=60)
@given(response=responses)
def test_nothing_a_response_holds_can_break_a_type(kind: Kind, response: dict[str, Any]) -> None:
    body = kind.parse(BODIES[kind.code])
    before = copy.deepcopy(response)

    mark = kind.grade(body, response)

    assert -1 <= mark.fraction <= 1
    assert kind.grade(body, response) == mark
    assert repr(response) == repr(before)
    assert isinstance(kind.is_answered(body, response), bool)
    for language in ("be", "xx"):
        assert all(isinstance(line, str) for line in kind.answer_text(body, response, language))
        json.dumps(kind.show(body, response, ["zzz"], language))
        kind.choices_marked(body, response, [], language)
    # What a page sends back for it is the same answer.
    assert kind.grade(body, kind.read(body, posted(kind.form_data(body, response, "q")), "q")) == (
        mark
    )


@every_type
@settings(max_examples=60)
@given(fields=st.dictionaries(words, st.lists(st.text() | words)))
def test_nothing_a_form_holds_can_break_a_type(kind: Kind, fields: dict[str, list[str]]) -> None:
    body = kind.parse(BODIES[kind.code])
    fields |= {f"q-{name}": values for name, values in fields.items()}
    fields["q"] = [value for values in fields.values() for value in values]

    response = kind.read(body, posted(fields), "q")

    assert json.loads(json.dumps(response)) == response
    assert "\\u0000" not in json.dumps(response)
    kind.grade(body, response)


@every_type
def test_right_answer_gives_one_and_none_gives_nothing(kind: Kind) -> None:
    body = kind.parse(BODIES[kind.code])

    right = kind.right_response(body)

    assert kind.grade(body, right) == Mark.of(1)
    assert kind.grade(body, right).state is State.RIGHT
    assert kind.is_answered(body, right)
    assert kind.problem(body, right) == ""
    assert kind.grade(body, {}) == Mark.of(0)
    assert not kind.is_answered(body, {})
    assert kind.problem(body, {}) == ""
    assert kind.answer_text(body, {}, "uk") == []
    assert kind.form_data(body, {}, "q") == {}


@every_type
def test_read_grade_show_tell(kind: Kind) -> None:
    body = kind.parse(BODIES[kind.code])
    order = kind.shuffle(body, random.Random(7))

    response = kind.read(body, posted(kind.form_data(body, kind.right_response(body), "q7")), "q7")

    assert response == kind.right_response(body)
    assert json.loads(json.dumps(response)) == response
    assert kind.grade(body, response) == Mark.of(1)
    for language in LANGUAGES:
        shown = kind.show(body, response, order, language)
        assert shown["code"] == kind.code
        assert shown["text"] == body.text[language]
        assert shown["mrz"] == body.mrz
        assert kind.answer_text(body, response, language)
        assert kind.right_text(body, language)


@every_type
def test_page_of_an_unanswered_question_does_not_tell_the_answer(kind: Kind) -> None:
    body = kind.parse(BODIES[kind.code])
    shown = json.dumps(kind.show(body, {}, kind.fixed_order(body), "en"))

    assert "right" not in shown
    assert "Because" not in shown
    assert "tolerance" not in shown


@pytest.mark.parametrize("code", ["single", "multiple", "matching", "ordering"])
@given(seed=st.integers(), other=st.integers())
def test_shuffling_never_changes_the_mark(code: str, seed: int, other: int) -> None:
    kind = next(kind for kind in ALL_TYPES if kind.code == code)
    body = kind.parse(BODIES[code])
    rng = random.Random(seed)
    picked = {
        field: [value]
        for field, values in kind.form_data(body, kind.right_response(body), "q").items()
        for value in values
        if rng.random() < 0.6
    }
    response = kind.read(body, posted(picked), "q")
    mark = kind.grade(body, response)

    for order in (kind.shuffle(body, random.Random(other)), kind.fixed_order(body)):
        assert sorted(order) == sorted(kind.fixed_order(body))
        shown = kind.show(body, response, order, "be")
        # What the page marks as chosen is what it posts; of equal right texts it has one.
        sent = kind.read(body, posted(fields_of(shown, "q")), "q")
        assert kind.answer_text(body, sent, "be") == kind.answer_text(body, response, "be")
        assert kind.grade(body, sent) == mark


def fields_of(shown: dict[str, Any], name: str) -> dict[str, list[str]]:
    """The fields a browser sends from what a page shows."""
    fields = {f"{name}-{pair['id']}": [pair["chosen"]] for pair in shown.get("pairs", ())}
    for item in shown.get("items", ()):
        fields[f"{name}-{item['key']}"] = [str(item["position"] or "")]
    chosen = [choice["key"] for choice in shown.get("choices", ()) if choice["chosen"]]
    return fields | {name: chosen}


@every_type
def test_body_survives_being_stored(kind: Kind) -> None:
    body = kind.parse(BODIES[kind.code])

    assert kind.parse(json.loads(json.dumps(body.model_dump(mode="json")))) == body


@every_type
def test_sample_is_whole_in_its_languages_and_in_no_other(kind: Kind) -> None:
    body = kind.parse(BODIES[kind.code])

    assert [kind.holes(body, language) for language in LANGUAGES] == [[]] * 4
    assert kind.holes(body, "pl")[:2] == ["text", "explanation"]


@every_type
def test_type_has_a_name_and_fits_its_column(kind: Kind) -> None:
    assert kind.code.isascii()
    assert 0 < len(kind.code) <= 20
    assert str(kind.label)
    assert kind.template == f"quizzes/types/{kind.code}.html"
