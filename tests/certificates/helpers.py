"""From `tests.factories` to a certificate, with names and days that tests can rely on."""

from datetime import UTC, datetime
from typing import Any

from certificates.models import Certificate
from courses.models import Course, Enrolment
from lms.people.models import Organisation, User
from tests import factories

NOW = datetime(2026, 3, 12, 10, 0, tzinfo=UTC)
TITLE = {
    "uk": "Перевірка проїзних документів",
    "be": "Праверка праязных дакументаў",
    "ru": "Проверка проездных документов",
    "en": "Checking travel documents",
}


def officer(at: Organisation, **fields: Any) -> User:
    """Остап Юрійович Ґалаґан, who has confirmed no spelling in Latin letters."""
    return factories.officer(
        at,
        **{
            "given_name": "Остап",
            "patronymic": "Юрійович",
            "family_name": "Ґалаґан",
            "given_name_latin": "",
            "family_name_latin": "",
        }
        | fields,
    )


def reading_course(at: Organisation, **fields: Any) -> Course:
    """A course without a quiz: four lessons of 20 minutes."""
    course = factories.draft_course(at, **{"code": "DOC-01", "title": TITLE} | fields)
    part = factories.module(course)
    for _ in range(4):
        factories.lesson(part, minutes=20)
    return published(course)


def published(course: Course) -> Course:
    factories.publish_course(course=course, actor=None)
    return Course.objects.select_related("service").get(pk=course.pk)


def enrolled(person: User, course: Course) -> Enrolment:
    """Enrolled at NOW, so that the completion may be at NOW."""
    return factories.enrolled(person, course, now=NOW)


def certificate_of(person: User, course: Course, *, now: datetime = NOW) -> Certificate:
    """What the person earned by completing the course."""
    enrolment = factories.completed(enrolled(person, course), now=now)
    return Certificate.objects.select_related(
        "enrolment__officer__service", "enrolment__course__service"
    ).get(enrolment=enrolment)


def a_certificate(**fields: Any) -> Certificate:
    """One, in a service of its own; `fields` are the officer's."""
    home = factories.service()
    return certificate_of(officer(home, **fields), reading_course(home))
