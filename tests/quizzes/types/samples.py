"""A good body of each type, with the hard letters, and a form as Django posts it."""

from typing import Any

from django.utils.datastructures import MultiValueDict

from quizzes.types import registry
from quizzes.types.base import QuestionType
from quizzes.types.builtin import TYPES

# Registered by the app's ready() when Django is set up, and there without it.
ALL_TYPES: list[QuestionType[Any]] = list(
    {kind.code: kind for kind in (*TYPES, *registry.all_types())}.values()
)


def said(en: str) -> dict[str, str]:
    """A text in four languages; the letters are what matters, not the sense."""
    return {"uk": f"ґє’ї {en}", "be": f"ў’і {en}", "ru": f"ёъ {en}", "en": en}


def choice(id_: str, *, right: bool = False) -> dict[str, Any]:
    return {"id": id_, "right": right, "text": said(f"choice {id_}")}


STEM = {"text": said("Which one?"), "explanation": said("Because."), "mrz": "P<UTO\nL898902C36UTO"}

BODIES: dict[str, dict[str, Any]] = {
    "single": STEM | {"choices": [choice("a", right=True), choice("b"), choice("c")]},
    "multiple": STEM
    | {"choices": [choice("a", right=True), choice("b"), choice("c", right=True), choice("d")]},
    "truefalse": STEM | {"right": False},
    "shorttext": STEM
    | {"accepted": {"uk": ["прикордонник"], "be": ["памежнік"], "ru": ["ёж"], "en": ["guard"]}},
    "numeric": STEM | {"answer": "12.5", "tolerance": "0.5"},
    "matching": STEM
    | {
        "pairs": [
            {"id": "dog", "left": said("Dog"), "right": said("Mammal")},
            {"id": "frog", "left": said("Frog"), "right": said("Amphibian")},
            {"id": "cat", "left": said("Cat"), "right": said("Mammal")},
        ],
        "extra": [{"id": "x", "text": said("Insect")}],
    },
    "ordering": STEM
    | {"items": [{"id": id_, "text": said(f"step {id_}")} for id_ in ("a", "b", "c", "d")]},
}


def posted(fields: dict[str, list[str]]) -> MultiValueDict[str, str]:
    return MultiValueDict(fields)
