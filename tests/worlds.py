"""One of everything, for tests that ask who may reach it.

    UA (root) → left → post            BY (root) → far
              → right

The officer of the world is posted at `post`, beside `other`; the course belongs to `left`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from django.contrib.auth.hashers import make_password
from django.core.files.base import ContentFile
from django.db import transaction
from django.test import Client, override_settings

from certificates.models import Certificate
from certificates.tasks import finish_certificate
from courses.actions import publish_course
from courses.models import Course, CourseFile, Enrolment, Lesson, PracticalItem
from lms.people.models import Organisation, User
from quizzes.models import Attempt, AttemptItem
from tests import factories

PASSWORD = "dovhyi-parol-7"
DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><title>%s</title></svg>'


@dataclass
class People:
    """Everybody of the table but the stranger; "elsewhere" is `right`, "abroad" is BY."""

    officer: User
    other: User
    away: User
    abroad: User
    trainer: User
    trainer_elsewhere: User
    coordinator: User
    coordinator_elsewhere: User
    administrator: User
    administrator_elsewhere: User
    operator: User


WHO = ("stranger", *(field.name for field in fields(People)))


@dataclass
class World:
    people: People
    course: Course  # open; the officer has one attempt behind him and one open
    closed: Course  # published, for those whom a coordinator enrols
    draft: Course
    enrolment: Enrolment
    failed: Attempt
    attempt: Attempt
    certificate: Certificate  # of another course, with its file
    file: CourseFile
    practice: Enrolment  # the officer's, in a course of practical work alone
    media: Path

    @property
    def reading(self) -> Lesson:
        return self.course.lessons.filter(kind="reading").order_by("position")[0]

    @property
    def quiz(self) -> Lesson:
        return self.course.lessons.get(kind="quiz")

    def draft_lesson(self, kind: str) -> Lesson:
        """The lesson of the draft of this kind: video, file or practical."""
        return self.draft.lessons.get(kind=kind)

    @property
    def first_item(self) -> AttemptItem:
        return self.attempt.items.order_by("position")[0]

    def client(self, who: str, **options: Any) -> Client:
        """A browser in which the person has signed in; the stranger has not."""
        client = Client(**options)
        if who != "stranger":
            client.force_login(User.objects.get(pk=getattr(self.people, who).pk))
        return client


def people_of(left: Organisation, right: Organisation, far: Organisation) -> People:
    post = factories.unit(left)
    home = Organisation.objects.get(path=left.service_path)
    foreign = Organisation.objects.get(path=far.service_path)
    may_sign_in = {"password": make_password(PASSWORD)}
    return People(
        officer=factories.officer(post, email="officer@tbs-ua.example", **may_sign_in),
        other=factories.officer(post, **may_sign_in),
        away=factories.officer(right, **may_sign_in),
        abroad=factories.officer(far, **may_sign_in),
        trainer=factories.trainer(left, **may_sign_in),
        trainer_elsewhere=factories.trainer(right, **may_sign_in),
        coordinator=factories.coordinator(left, **may_sign_in),
        coordinator_elsewhere=factories.coordinator(right, **may_sign_in),
        administrator=factories.administrator(home, **may_sign_in),
        administrator_elsewhere=factories.administrator(foreign, **may_sign_in),
        operator=factories.operator(password=PASSWORD),
    )


def course_file(course: Course, *, name: str = "lines.svg", words: str = "SPECIMEN") -> CourseFile:
    return CourseFile.objects.create(
        course=course, name=name, language="uk", content_type="image/svg+xml",
        sha256="0" * 64, file=ContentFile((DRAWING % words).encode(), name=name),
    )  # fmt: skip


def certificate_of(officer: User, course: Course) -> Certificate:
    """What the officer earned by completing the course, its file made and its mail sent."""
    enrolment = factories.completed(factories.enrolled(officer, course))
    certificate = Certificate.objects.get(enrolment=enrolment)
    finish_certificate(str(certificate.pk))
    return certificate


def practice_of(officer: User, owner: Organisation) -> Enrolment:
    """An enrolment in a course of one practical lesson, `practice`, of one line, `line`."""
    course = factories.draft_course(owner, is_open=False)
    lesson = factories.lesson(factories.module(course), kind="practical", key="practice")
    PracticalItem.objects.create(
        lesson=lesson, key="line", text=factories.texts("Показує"), position=1
    )
    return factories.enrolled(officer, publish_course(course=course, actor=None).course)


def draft_of_kinds(owner: Organisation) -> Course:
    """A draft with a lesson of each kind that has an editor of its own here, all empty."""
    course = factories.draft_course(owner)
    module = factories.module(course)
    for kind in ("video", "file", "practical"):
        factories.lesson(module, kind=kind, key=kind)
    return course


def build(media: Path) -> World:
    """Build the world in the current transaction; files lie in `media`."""
    home, foreign = factories.service("UA"), factories.service("BY", country="BY")
    left, right = factories.unit(home), factories.unit(home)
    people = people_of(left, right, factories.unit(foreign))
    factories.term(home)
    with override_settings(MEDIA_ROOT=media):
        course = factories.published_course(left, code="DOC-01")
        enrolment = factories.enrolled(people.officer, course)
        return World(
            people=people,
            course=course,
            closed=factories.published_course(left, questions=0, is_open=False),
            draft=draft_of_kinds(left),
            enrolment=enrolment,
            failed=factories.submitted(enrolment, right=0),
            attempt=factories.started(enrolment),
            certificate=certificate_of(
                people.officer, factories.published_course(left, questions=0)
            ),
            file=course_file(course),
            practice=practice_of(people.officer, left),
            media=media,
        )


@contextmanager
def kept(django_db_blocker: Any) -> Iterator[None]:
    """What is built inside stays for the tests of a module and is gone after them.

    Each test rolls back to a savepoint, the module's fixture the transaction around them.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)
