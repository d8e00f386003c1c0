"""Questions in the catalogue's files: what is written is what is read."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.readable import parse_yaml
from lms.yaml_edits import new
from quizzes.types.base import BodyError, QuestionType
from tests.quizzes.types.samples import ALL_TYPES, BODIES

words = st.text(st.characters(codec="utf-8"), max_size=12)
short = st.sampled_from(
    ["no", "12.5", "on: off", "# x", "- a", '"', "P<UTO\nL898", "ґ’ʼ", "a\n\nb "]
)


def varied(value: Any, draw: st.DrawFn, *, is_text: bool = False) -> Any:
    """The body with other words in it, and texts missing here and there."""
    if isinstance(value, dict):
        if value.keys() == {"uk", "be", "ru", "en"}:
            kept = draw(st.sets(st.sampled_from(sorted(value)), min_size=1))
            return {code: varied(value[code], draw, is_text=True) for code in kept}
        return {name: varied(one, draw, is_text=name == "mrz") for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [varied(one, draw, is_text=is_text) for one in value]
    return draw(words | short) if is_text else value


@pytest.mark.parametrize("kind", ALL_TYPES, ids=lambda kind: kind.code)
@settings(max_examples=25)
@given(data=st.data())
def test_a_body_comes_back_from_its_entry(kind: QuestionType[Any], data: st.DataObject) -> None:
    try:
        body = kind.parse(data.draw(st.composite(lambda draw: varied(BODIES[kind.code], draw))()))
    except BodyError:  # two choices that read the same, say
        body = kind.parse(BODIES[kind.code])
    entry = {"key": "a", "type": kind.code, **kind.to_catalogue(body)}
    assert kind.parse(kind.from_catalogue(entry)) == body
    assert kind.parse(kind.from_catalogue(parse_yaml(new(entry)))) == body
