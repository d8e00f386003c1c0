from typing import Any

import pytest

from quizzes.types.base import BodyError, Mark
from quizzes.types.shorttext import ShortText
from tests.quizzes.types.samples import BODIES, STEM, posted

kind = ShortText()
body = kind.parse(BODIES["shorttext"])


@pytest.mark.parametrize(
    ("accepted", "place"),
    [
        ({}, "accepted"),
        ({"uk": []}, "accepted"),
        ({"uk": ["  ", "\x00"]}, "accepted"),
        ({"uk": "слово"}, "accepted.uk"),
        ({"uk": [5]}, "accepted.uk.0"),
        (["слово"], "accepted"),
        ({"uk": ["а" * 201]}, "accepted.uk.0"),
    ],
)
def test_malformed_accepted_texts_are_refused(accepted: object, place: str) -> None:
    with pytest.raises(BodyError) as raised:
        kind.parse(STEM | {"accepted": accepted})

    assert raised.value.place == place


@pytest.mark.parametrize("text", [None, 5, [], ["guard"], {"x": 1}, "", "  ", "guard" + " " * 600])
def test_senseless_response_counts_as_none(text: object) -> None:
    response: dict[str, Any] = {"text": text}

    assert kind.grade(body, response) == Mark.of(0)
    assert not kind.is_answered(body, response)


@pytest.mark.parametrize("text", ["gua rd", "guards", "прікордонник", "памежнiк", "0"])
def test_other_words_are_wrong(text: str) -> None:
    assert kind.grade(body, {"text": text}) == Mark.of(0)
    assert kind.is_answered(body, {"text": text})


@pytest.mark.parametrize(
    "text", ["guard", "GUARD.", " Guard ! ", "прикордонник", "ПАМЕЖНІК", "еж", "Ёж…", "Е\u0308Ж"]
)
def test_any_languages_accepted_text_counts(text: str) -> None:
    assert kind.grade(body, {"text": text}) == Mark.of(1)


@pytest.mark.parametrize("apostrophe", ["'", "’", "ʼ", "`", "‘"])
def test_apostrophes_are_one(apostrophe: str) -> None:
    accepted = kind.parse(STEM | {"accepted": {"uk": ["об’єкт  перевірки"]}})

    assert kind.grade(accepted, {"text": f"Об{apostrophe}єкт\u00a0перевірки"}) == Mark.of(1)


def test_hidden_characters_are_not_seen() -> None:
    assert kind.grade(body, {"text": "gu\u00adard\u200b"}) == Mark.of(1)


def test_g_with_upturn_is_a_letter_of_its_own() -> None:
    accepted = kind.parse(STEM | {"accepted": {"uk": ["ґрати"]}})

    assert kind.grade(accepted, {"text": "Ґрати"}) == Mark.of(1)
    assert kind.grade(accepted, {"text": "грати"}) == Mark.of(0)


def test_fillers_of_a_machine_readable_zone_are_no_punctuation() -> None:
    accepted = kind.parse(STEM | {"accepted": {"en": ["P<UTO<<"]}})

    assert kind.grade(accepted, {"text": "p<uto<<"}) == Mark.of(1)
    assert kind.grade(accepted, {"text": "P<UTO"}) == Mark.of(0)


def test_reads_text_clean_and_cut() -> None:
    assert kind.read(body, posted({"q": [" \x00\ud800 "]}), "q") == {}
    assert kind.read(body, posted({"q": [" ґа\x00нок\ud800 "]}), "q") == {"text": "ґанок"}
    assert kind.read(body, posted({"q": ["я" * 100_000]}), "q") == {"text": "я" * 500}


def test_answers_in_words() -> None:
    assert kind.answer_text(body, {"text": "Whatever"}, "uk") == ["Whatever"]
    assert kind.right_text(body, "be") == ["памежнік"]
    assert kind.right_text(body, "pl") == ["прикордонник"]


def test_right_text_falls_back_to_any_language() -> None:
    russian = kind.parse(STEM | {"accepted": {"ru": ["ёж", "ежик"]}})

    assert kind.right_text(russian, "be") == ["ёж", "ежик"]
    assert kind.holes(russian, "be") == ["accepted"]
