"""Queries composed once give what the queryset gives; a connection that is gone is seen."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone

from courses.models import Enrolment
from lms.people.models import User
from lms.prepared import Prepared
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("key", ["plain", "100 %s", "a'b\"c", "\\", "ґ’є", ""])
def test_a_text_and_a_time_arrive_as_they_are(key: str) -> None:
    now = timezone.now()
    for name in {key, "other"}:
        Session.objects.create(
            session_key=name, session_data="x", expire_date=now + timedelta(hours=1)
        )

    def compose(key: Any, now: Any) -> Any:
        return Session.objects.filter(session_key=key, expire_date__gt=now)

    prepared = Prepared(compose, key=str, now=type(now))
    for moment in (now, now + timedelta(hours=2)):
        assert prepared(key=key, now=moment) == list(compose(key, moment))
    assert [row.pk for row in prepared(key=key, now=now)] == [key]


def test_rows_bring_what_is_joined_annotated_and_ordered(django_assert_num_queries: Any) -> None:
    course = factories.published_course(factories.service("UA"))
    officer = factories.officer(course.owner)
    enrolment = factories.enrolled(officer, course)
    factories.enrolled(factories.officer(course.owner), course)
    prepared = Prepared(
        lambda pk, officer: (
            Enrolment.objects.filter(pk=pk, officer=officer)
            .select_related("course", "officer__service")
            .only("course__code", "officer__login", "officer__service__code", "language")
        ),
        pk=type(enrolment.pk),
        officer=int,
    )
    with django_assert_num_queries(1):
        (found,) = prepared(pk=enrolment.pk, officer=officer.pk)
        assert (found.course.code, found.officer.login) == (course.code, officer.login)
        assert found.officer.service is not None
        assert found.officer.service.code == "UA"
    with django_assert_num_queries(1):
        assert found.started_at is None
    assert prepared(pk=uuid4(), officer=officer.pk) == []


@pytest.mark.parametrize(
    "compose",
    [lambda pk: User.objects.all(), lambda pk: User.objects.filter(pk=pk, service=pk)],
    ids=["never", "twice"],
)
def test_a_value_that_is_not_compared_once_is_refused(compose: Any) -> None:
    with pytest.raises(ValueError, match="once"):
        Prepared(compose, pk=int)(pk=1)


@pytest.mark.production
@pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's own")
@pytest.mark.django_db(transaction=True)
def test_a_connection_that_the_server_has_ended_is_seen_without_asking() -> None:
    connection.ensure_connection()
    assert connection.is_usable()
    own = connection.connection.info.backend_pid
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [own])
    other.close()
    assert not connection.is_usable()
    connection.close()
