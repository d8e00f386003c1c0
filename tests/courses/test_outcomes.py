"""The trainer's matrix: which lessons teach and which questions test each outcome."""

import pytest
from django.test import Client

from courses.outcomes import matrix_of
from tests import factories

pytestmark = pytest.mark.django_db


def test_the_matrix_shows_what_serves_an_outcome_and_what_serves_none() -> None:
    root = factories.service("UA")
    course = factories.published_course(root, readings=2, questions=3)
    course.outcomes = [{"uk": "Читати зону"}, {"uk": "Вирішувати"}]
    course.outcome_keys = ["read", "decide"]
    course.save()
    reading = course.lessons.filter(kind="reading").order_by("position")[0]
    reading.outcomes = ["read"]
    reading.save()
    bank = course.lessons.get(kind="quiz").quiz.bank
    first, second, third = bank.questions.order_by("pk")
    first.outcomes, second.outcomes = ["read", "decide"], ["gone"]
    first.save()
    second.save()

    matrix = matrix_of(course, "uk")
    assert [row.text for row in matrix.rows] == ["Читати зону", "Вирішувати"]
    assert [[step.key for step in row.lessons] for row in matrix.rows] == [[reading.key], []]
    assert [[one.key for one in row.questions] for row in matrix.rows] == [[first.key]] * 2
    assert reading.key not in [step.key for step in matrix.loose_lessons]
    assert len(matrix.loose_lessons) == 2
    assert {one.key for one in matrix.loose_questions} == {second.key, third.key}

    client = Client()
    client.force_login(factories.trainer(root, language="en"))
    page = client.get(f"/teaching/courses/{course.code}/outcomes/").content.decode()
    assert page.count("no lesson") == 1
    assert "no question" not in page
    assert f"/teaching/banks/questions/{first.pk}/" in page
    assert f"/teaching/courses/{course.code}/outcomes/" in (
        client.get(f"/teaching/courses/{course.code}/").content.decode()
    )
