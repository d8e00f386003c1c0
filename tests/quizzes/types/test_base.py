from decimal import Decimal

import pytest

from quizzes.types.base import BodyError, Mark, State, in_order, wire_keys
from quizzes.types.single import SingleChoice
from quizzes.types.texts import localized, look_alike, normalized
from tests.quizzes.types.samples import BODIES, STEM, choice, said

single = SingleChoice()


@pytest.mark.parametrize("outside", ["1.00000001", "-1.1", "NaN", "Infinity", "-Infinity"])
def test_mark_outside_its_range_is_refused(outside: str) -> None:
    with pytest.raises(ValueError, match="a fraction lies within"):
        Mark(Decimal(outside))


@pytest.mark.parametrize(
    ("part", "whole", "fraction", "state"),
    [
        (3, 3, "1", State.RIGHT),
        (2, 3, "0.6666667", State.PARTLY),
        (1, 3, "0.3333333", State.PARTLY),
        (0, 7, "0", State.WRONG),
        (-1, 2, "-0.5", State.WRONG),
    ],
)
def test_mark_is_rounded_once_and_has_a_state(
    part: int, whole: int, fraction: str, state: State
) -> None:
    mark = Mark.of(part, whole)

    assert mark.fraction == Decimal(fraction)
    assert mark.fraction.as_tuple().exponent == -7
    assert mark.state is state


@pytest.mark.parametrize(
    ("fraction", "state"),
    [
        ("0.9999990", State.PARTLY),
        ("0.9999991", State.RIGHT),
        ("0.0000010", State.PARTLY),
        ("0.0000009", State.WRONG),
    ],
)
def test_state_at_its_limits(fraction: str, state: State) -> None:
    assert Mark(Decimal(fraction)).state is state


def test_mark_has_no_negative_zero() -> None:
    assert not Mark(Decimal("-0.00000001")).fraction.is_signed()


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (None, "question"),
        ([], "question"),
        (BODIES["single"] | {"hint": "x"}, "hint"),
        (BODIES["single"] | {"text": "not per language"}, "text"),
        (BODIES["single"] | {"text": {"uk": " ", "en": ""}}, "text"),
        (BODIES["single"] | {"text": {"Ukrainian!": "?"}}, "text.Ukrainian!.[key]"),
        (BODIES["single"] | {"text": {"uk": 5}}, "text.uk"),
        (BODIES["single"] | {"mrz": ["a"]}, "mrz"),
        (STEM, "choices"),
        (STEM | {"choices": [choice("a", right=True), {"id": "b"}]}, "choices.1.text"),
        (STEM | {"choices": [choice("a", right=True), choice("b c")]}, "choices.1.id"),
    ],
)
def test_malformed_body_names_the_place(data: object, place: str) -> None:
    with pytest.raises(BodyError) as raised:
        single.parse(data)

    assert raised.value.place == place
    assert str(raised.value).startswith(f"{place}: ")


def test_body_error_names_every_place() -> None:
    with pytest.raises(BodyError) as raised:
        single.parse({"text": {}, "choices": [choice("a", right=True), {"id": "b", "text": {}}]})

    assert [place for place, _ in raised.value.errors] == ["text", "choices.1.text"]


def test_body_drops_blank_texts_and_characters_no_database_keeps() -> None:
    body = single.parse(
        BODIES["single"] | {"text": {"uk": " Ґа\x00нок ", "be": "  "}, "mrz": "P<UTO\n"}
    )

    assert body.text == {"uk": "Ґанок"}
    assert body.mrz == "P<UTO"


def test_body_without_mrz_and_explanation() -> None:
    body = single.parse({"text": said("?"), "choices": BODIES["single"]["choices"], "mrz": " "})

    assert (body.mrz, body.explanation) == (None, {})


@pytest.mark.parametrize(
    ("text", "words", "lang"),
    [
        ({"uk": "так", "be": "так, be", "en": "yes"}, "так, be", ""),
        ({"uk": "так", "en": "yes"}, "так", "uk"),
        ({"en": "yes", "ru": "да"}, "yes", "en"),
        ({"ru": "да"}, "да", "ru"),
        ({}, "", ""),
    ],
)
def test_localized_falls_back_and_says_so(text: dict[str, str], words: str, lang: str) -> None:
    assert localized(text, "be") == (words, lang)


def test_texts_look_alike_in_one_language() -> None:
    assert look_alike({"uk": "час", "ru": "время"}, {"uk": "час", "ru": "пора"})
    # "час" is an hour in Russian: nobody sees both.
    assert not look_alike({"uk": "час", "ru": "время"}, {"uk": "година", "ru": "час"})


def test_texts_look_alike_by_falling_back() -> None:
    assert look_alike({"en": "TD3"}, {"uk": "TD3", "en": "a passport"})


@pytest.mark.parametrize("text", ["", "...", "<<"])
def test_normalized_leaves_bare_punctuation(text: str) -> None:
    assert normalized(text) == text


def test_wire_keys_say_nothing_of_how_the_author_numbered() -> None:
    texts = {"1": said("c"), "2": said("a"), "3": said("b")}
    renamed = {"x": said("b"), "y": said("c"), "z": said("a")}

    assert wire_keys(texts) == {"2": "k1", "3": "k2", "1": "k3"}
    assert wire_keys(renamed) == {"z": "k1", "x": "k2", "y": "k3"}


def test_in_order_survives_an_order_of_other_ids() -> None:
    assert in_order(["a", "b", "c"], ["c", "zzz", "c", "a"]) == ["c", "a", "b"]


def test_catalogue_entry_becomes_a_body() -> None:
    entry = {"key": "td3", "type": "single", "tags": ["x"], "difficulty": 1} | BODIES["single"]

    assert single.from_catalogue(entry) == BODIES["single"]
    assert single.parse(single.from_catalogue(entry)).text == STEM["text"]
