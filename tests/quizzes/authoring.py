"""What a trainer's browser sends from the question editor, and what no page may do."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from quizzes.forms.question import CODES, QuestionForm
from quizzes.types import registry


def filled(code: str, body: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The fields of the editor with this body in it, every input as the page has it."""
    question_type = registry.get(code)
    assert question_type
    form = QuestionForm(question_type, body, language="uk", beside="en")
    data: dict[str, Any] = {
        "type": code, "key": "q-0123abcd", "language": "uk", "beside": "en",
        "tags": "MRZ, Віза", "difficulty": "2", "act": "save",
    }  # fmt: skip
    for drawn in form.drawn():
        name = drawn.part.name
        data |= {cell.name: cell.value for cell in drawn.cells}
        if drawn.rows:
            data[f"{name}-row"] = [row.id for row in drawn.rows]
            data |= {cell.name: cell.value for row in drawn.rows for cell in row.cells}
            if rights := [row.id for row in drawn.rows if row.right]:
                data[f"{name}-right"] = rights
        elif isinstance(drawn.value, bool):
            data[name] = str(drawn.value).lower()
    return data | more


def only(body: dict[str, Any], *codes: str) -> dict[str, Any]:
    """The body as far as it is written in these languages."""
    return {key: _only(value, codes) for key, value in body.items()}


def _only(value: Any, codes: tuple[str, ...]) -> Any:
    if isinstance(value, dict):
        if set(value) & set(CODES):
            return {code: words for code, words in value.items() if code in codes}
        return only(value, *codes)
    return [_only(one, codes) for one in value] if isinstance(value, list) else value


def rows_of_all_tables() -> dict[str, int]:
    return {model._meta.label: model._base_manager.count() for model in apps.get_models()}


@contextmanager
def nothing_written() -> Iterator[None]:
    """No statement writes, and every table has as many rows after as before."""
    before = rows_of_all_tables()
    with CaptureQueriesContext(connection) as queries:
        yield
    sent = [query["sql"] for query in queries.captured_queries]
    assert sent, "the page was asked"
    reading = ("SELECT", "SAVEPOINT", "RELEASE SAVEPOINT")
    assert not [sql for sql in sent if not sql.startswith(reading)]
    assert rows_of_all_tables() == before
