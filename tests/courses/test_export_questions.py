"""Questions that trainers write come into the catalogue's files; JSON differs by database."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from lms.people.models import Organisation
from quizzes.models import Question
from tests import factories
from tests.catalogue import COURSE
from tests.courses.exported import changes, comes_to_the_same, export, read
from tests.quizzes.authoring import filled as question_sent


@pytest.fixture
def desk(root: Organisation) -> Client:
    client = Client()
    client.force_login(factories.trainer(root, language="en"))
    return client


def change_question(desk: Client, key: str, change: Callable[[dict[str, Any]], Any]) -> Question:
    question = Question.objects.get(key=key, bank__owner__code="UA")
    version = question.versions.latest("number")
    body = json.loads(json.dumps(version.body))
    change(body)
    sent = question_sent(
        question.type, body, base=str(version.number), key=key, tags=", ".join(question.tags),
        difficulty=str(question.difficulty),
    )  # fmt: skip
    response = desk.post(f"/teaching/banks/questions/{question.pk}/", sent)
    assert response.status_code == 302
    return question


def test_a_question_changed_changes_its_line(
    root: Organisation, loaded: Path, desk: Client
) -> None:
    before = read(loaded)

    def change(body: dict[str, Any]) -> None:
        body["choices"][1]["text"]["en"] = 'TD2, a "card"'
        body["mrz"] = body["mrz"].replace("ANNA", "ADAM")

    change_question(desk, "formats-visa-36", change)
    assert export() == [f"written: {COURSE}/questions.yaml"]
    lines = changes(before, loaded)[f"{COURSE}/questions.yaml"]
    zone, choice = lines[0], lines[2]
    assert "V<UTOERIKSSON<<ANNA" in zone
    assert '"TD2, a card"' in choice
    wanted = zone.replace("ANNA", "ADAM"), choice.replace("a card", 'a \\"card\\"')
    assert lines == [zone, f"+{wanted[0][1:]}", choice, f"+{wanted[1][1:]}"]
    comes_to_the_same(root)


def test_a_new_question_and_a_retired_one_and_a_draft(
    root: Organisation, loaded: Path, desk: Client
) -> None:
    before = read(loaded)
    question = Question.objects.get(key="formats-td1-total")
    assert desk.post(f"/teaching/banks/questions/{question.pk}/retire/", {"act": "retire"})
    new = question_sent("truefalse", {"text": factories.texts("Так?"), "right": True},
                        key="q-0123abcd", tags="mrz")  # fmt: skip
    assert desk.post(f"/teaching/banks/{question.bank_id}/new/", new).status_code == 302
    draft = question_sent("truefalse", {"text": {"uk": "Ні?"}, "right": True},
                          key="q-4567abcd", act="draft")  # fmt: skip
    assert desk.post(f"/teaching/banks/{question.bank_id}/new/", draft).status_code == 302
    told = f"{COURSE}/questions.yaml: q-4567abcd: a draft is not written"
    assert export(told=told) == [f"written: {COURSE}/questions.yaml"]
    lines = changes(before, loaded)[f"{COURSE}/questions.yaml"]
    assert lines[:2] == ["+    retired: true", "+  - key: q-0123abcd"]
    comes_to_the_same(root)
    desk.post(f"/teaching/banks/questions/{question.pk}/retire/", {"act": "return"})
    export(told=told)
    assert "    retired: false\n" in (loaded / COURSE / "questions.yaml").read_text()
