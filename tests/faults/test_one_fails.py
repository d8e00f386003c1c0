"""One row that cannot be dealt with holds up none of those behind it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from courses.actions import publish_course
from courses.models import Course, Enrolment
from courses.sweeps import sweep_enrolments
from courses.tasks import bring_enrolments_over
from quizzes.models import Attempt
from quizzes.sweeps import sweep_attempts
from tests import factories

pytestmark = pytest.mark.django_db


def failing_for(pk: Any, whole: Callable[..., Any], key: Callable[..., Any]) -> Callable[..., Any]:
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if key(*args, **kwargs) == pk:
            raise RuntimeError("spoilt")
        return whole(*args, **kwargs)

    return wrapper


def test_the_sweep_submits_what_stands_behind_a_spoilt_attempt(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    home = factories.service()
    course = factories.published_course(home, readings=0, quiz_settings={"time_limit": 10})
    long_ago = timezone.now() - timedelta(hours=1)
    spoilt, sound = (
        factories.started(
            factories.enrolled(factories.officer(home), course, now=long_ago),
            now=long_ago + timedelta(minutes=number),
        )
        for number in range(2)
    )
    target = "quizzes.sweeps.submit_attempt"
    whole = sweep_attempts.run.__globals__["submit_attempt"]
    failing = failing_for(spoilt.pk, whole, lambda *, attempt, in_time: attempt.pk)
    monkeypatch.setattr(target, failing)

    assert sweep_attempts() == 1

    assert list(Attempt.objects.open()) == [spoilt]
    assert Attempt.objects.get(pk=sound.pk).in_time is False
    assert str(spoilt.pk) in caplog.text


@pytest.mark.parametrize("how", ["task", "sweep"])
def test_a_publication_reaches_those_behind_a_spoilt_enrolment(
    how: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    home = factories.service()
    course = factories.published_course(home, questions=0)
    rows = [factories.enrolled(factories.officer(home), course) for _ in range(2)]
    spoilt, sound = sorted(rows, key=lambda row: row.pk)  # the order of the sweep
    publish_course(course=Course.objects.get(pk=course.pk), actor=None)
    whole = sweep_enrolments.run.__globals__["evaluate_all"].__globals__["evaluate"]
    monkeypatch.setattr(
        "courses.completion.evaluate", failing_for(spoilt.pk, whole, lambda pk, **_: pk)
    )

    assert (sweep_enrolments() if how == "sweep" else bring_enrolments_over(course.pk)) == 1

    assert list(Enrolment.objects.behind_publication()) == [spoilt]
    assert factories.refreshed(sound).is_live
    assert str(spoilt.pk) in caplog.text
