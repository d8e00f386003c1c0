"""Each type's learner template: rendered, sent back, and free of what the CSP refuses."""

import random
from html.parser import HTMLParser
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.utils.translation import override

from quizzes.types.base import Mark, QuestionType
from tests.quizzes.types.samples import ALL_TYPES, BODIES, posted

every_type = pytest.mark.parametrize("kind", ALL_TYPES, ids=lambda kind: kind.code)
Kind = QuestionType[Any]


class Page(HTMLParser):
    """The form fields of a page as a browser would send them, and what it is built of."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.fields: dict[str, list[str]] = {}
        self._select = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = dict(attrs)
        self.tags.append((tag, has))
        if tag == "select":
            self._select = has["name"] or ""
        elif tag == "option" and "selected" in has:
            self._add(self._select, has["value"])
        elif tag == "input" and (has["type"] == "text" or "checked" in has):
            self._add(has["name"], has["value"])

    def _add(self, name: str | None, value: str | None) -> None:
        self.fields.setdefault(name or "", []).append(value or "")

    def all(self, *names: str) -> list[dict[str, str | None]]:
        return [has for tag, has in self.tags if tag in names]


def page(kind: Kind, response: dict[str, Any], *, disabled: bool = False) -> Page:
    body = kind.parse(BODIES[kind.code])
    shown = kind.show(body, response, kind.shuffle(body, random.Random(3)), "be")
    problem = kind.problem(body, response)
    context = {"q": shown, "name": "q5", "disabled": disabled, "problem": problem}
    return Page(render_to_string(kind.template, context))


@every_type
@pytest.mark.parametrize("language", ["uk", "be", "ru", "en"])
def test_page_sends_back_the_answer_it_shows(kind: Kind, language: str) -> None:
    body = kind.parse(BODIES[kind.code])
    right = kind.right_response(body)

    with override(language):
        answered, empty = page(kind, right), page(kind, {})

    sent = kind.read(body, posted(answered.fields), "q5")
    # In words: of right texts that read the same a page offers one.
    assert kind.answer_text(body, sent, "be") == kind.answer_text(body, right, "be")
    assert kind.grade(body, sent) == Mark.of(1)
    assert kind.read(body, posted(empty.fields), "q5") == {}


@every_type
def test_every_field_has_a_label(kind: Kind) -> None:
    html = page(kind, {})
    labelled = {has.get("for") for has in html.all("label")}

    fields = html.all("input", "select")
    assert fields
    for field in fields:
        wrapped = field.get("type") in ("radio", "checkbox")
        assert wrapped or field["id"] in labelled


@every_type
def test_review_takes_no_answers(kind: Kind) -> None:
    html = page(kind, kind.right_response(kind.parse(BODIES[kind.code])), disabled=True)

    assert all("disabled" in has for has in html.all("input", "select"))
    assert not any("data-ordering" in has for _tag, has in html.tags)


@every_type
def test_page_holds_nothing_that_the_csp_refuses(kind: Kind) -> None:
    html = page(kind, {})

    assert not html.all("script", "style")
    for _tag, has in html.tags:
        assert not [name for name in has if name == "style" or name.startswith("on")]


@pytest.mark.parametrize(
    ("code", "response"),
    [
        ("numeric", {"text": "<b>ten</b>"}),
        ("matching", {"pairs": {"dog": "x"}}),
        ("ordering", {"positions": {"a": 1, "b": 1}}),
    ],
)
def test_problem_is_told_and_tied_to_the_field(code: str, response: dict[str, Any]) -> None:
    kind = next(kind for kind in ALL_TYPES if kind.code == code)

    html = page(kind, response)

    assert "q5-problem" in [has.get("id") for has in html.all("p")]
    invalid = [has for has in html.all("input", "select") if has.get("aria-invalid") == "true"]
    assert invalid
    assert all("q5-problem" in (has["aria-describedby"] or "").split() for has in invalid)
    assert not html.all("b")


def test_text_that_fell_back_is_marked_with_its_language() -> None:
    kind = next(kind for kind in ALL_TYPES if kind.code == "single")
    body = kind.parse(
        BODIES["single"]
        | {
            "choices": [
                {"id": "a", "right": True, "text": {"en": "yes"}},
                {"id": "b", "text": {"be": "не"}},
            ]
        }
    )
    shown = kind.show(body, {}, [], "be")

    html = Page(render_to_string(kind.template, {"q": shown, "name": "q", "problem": ""}))

    assert [has.get("lang") for has in html.all("span")] == ["en", None]


def test_order_script_finds_its_words() -> None:
    kind = next(kind for kind in ALL_TYPES if kind.code == "ordering")

    with override("en"):
        html = page(kind, {})

    [words] = [has for has in html.all("ul") if "data-ordering" in has]
    assert (words["data-up"], words["data-down"]) == ("Move up", "Move down")
    assert sorted(has["data-item"] or "" for has in html.all("li")) == ["k1", "k2", "k3", "k4"]
    said = {has["data-said"] for has in html.all("option") if "data-said" in has}
    assert said == {f"Position {place} of 4" for place in (1, 2, 3, 4)}
