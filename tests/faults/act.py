"""What happens in a world, each in a process of its own, by its verb.

build                   migrate, and make the people and courses that the tests start from
static                  collect the static files, which the pages need
complete LOGIN …        the officers do the last lesson of the reading course
complete-and-die LOGIN  the same, and the process is killed when it has committed and before it
                        has sent the task
again                   send the task of every certificate once more
bulk COUNT              a coordinator has so many officers enrolled, by a job
bulk-again              send the task of every job once more
staff-list COUNT        a coordinator has tried a list of so many new people, and brings it in
"""

import json
import os
import signal
from typing import Any, NoReturn

PASSWORD = "krokodyl-na-balkoni"
READERS, SITTERS, QUESTIONS = 3, 4, 5


def die(*_args: Any, **_kwargs: Any) -> NoReturn:
    """The whole group of processes is gone, with nothing said and nothing tidied."""
    os.killpg(os.getpgrp(), signal.SIGKILL)
    raise AssertionError("unreachable")


def build() -> None:
    from django.conf import settings
    from django.core.management import call_command

    from tests import factories

    call_command("migrate", verbosity=0)
    if "cache" in settings.DATABASES:
        call_command("createcachetable", database="cache", verbosity=0)
    root = factories.service("UA")
    reading = factories.published_course(root, code="READ", readings=2, questions=0)
    readers = []
    for number in range(READERS):
        officer = factories.officer(root, email=f"reader{number}@example.org")
        enrolment = factories.enrolled(officer, reading)
        factories.mark_done(
            enrolment=enrolment,
            lesson=reading.lessons.order_by("position")[0],
            revision=reading.current_revision_id,
        )
        readers.append(officer.login)
    sitters = _sitters(root)
    text = json.dumps({"readers": readers, "sitters": sitters})
    (settings.DATA_DIR / "people.json").write_text(text)


def _sitters(root: Any) -> list[dict[str, str]]:
    """Officers with an open attempt of typed answers, which can each be told apart."""
    from courses.actions import publish_course
    from quizzes.models import QuestionBank
    from tests import factories

    course = factories.draft_course(root, code="SIT")
    lesson = factories.lesson(factories.module(course), kind="quiz", key="quiz")
    quiz = factories.quiz(lesson, questions=0)
    for number in range(QUESTIONS):
        body = {
            "text": factories.texts(f"Запитання {number}"),
            "explanation": factories.texts("Чому"),
            "accepted": {code: ["ґанок"] for code in factories.LANGUAGES},
        }
        question = factories.question(
            QuestionBank.objects.get(pk=quiz.bank_id), body, type="shorttext"
        )
        factories.Slot.objects.create(quiz=quiz, position=number + 1, question=question)
    publish_course(course=course, actor=None)
    course.refresh_from_db()
    sitters = []
    for _ in range(SITTERS):
        officer = factories.officer(root)
        officer.set_password(PASSWORD)
        officer.save(update_fields=["password"])
        attempt = factories.started(factories.enrolled(officer, course))
        sitters.append({"login": officer.login, "attempt": str(attempt.pk)})
    return sitters


def static() -> None:
    from django.core.management import call_command

    call_command("collectstatic", verbosity=0, interactive=False)


def complete(*logins: str) -> None:
    from courses.models import Enrolment
    from tests import factories

    for login in logins:
        enrolment = Enrolment.objects.get(officer__login=login)
        assert factories.read_all(enrolment).completed_at


def complete_and_die(login: str) -> None:
    from certificates.tasks import finish_certificate

    finish_certificate.delay = die
    complete(login)


def again() -> None:
    from certificates.models import Certificate
    from certificates.tasks import finish_certificate

    for pk in Certificate.objects.values_list("pk", flat=True):
        finish_certificate.delay(str(pk))


def bulk(count: str) -> None:
    from datetime import date

    from courses.models import Course
    from lms.people.actions.jobs import start_job
    from lms.people.models import Membership, Organisation, Role, User
    from tests import factories

    unit = factories.unit(Organisation.objects.get(depth=1))
    coordinator = factories.coordinator(unit)
    people = User.objects.bulk_create(
        User(login=f"ua-bulk{number}", family_name="Ґалаґан", given_name="Юлія",
             service_id=coordinator.service_id)
        for number in range(int(count))
    )  # fmt: skip
    Membership.objects.bulk_create(
        Membership(user=one, organisation=unit, role=Role.OFFICER) for one in people
    )
    course = Course.objects.get(code="READ")
    params = {
        "course_id": course.pk, "title": {"uk": "Читання"}, "again": False, "count": int(count),
        "due_on": date(2031, 5, 17).isoformat(),
    }  # fmt: skip
    start_job(
        kind="courses.enrol", actor=coordinator, params=params,
        things=[(str(one.pk), one.full_name) for one in people],
    )  # fmt: skip


def bulk_again() -> None:
    from lms.people.models import Job
    from lms.people.tasks import run_job

    for pk in Job.objects.values_list("pk", flat=True):
        run_job.delay(str(pk))


def staff_list(count: str) -> None:
    from lms.people.actions.imports import bring_list_in, settle_columns, take_in_list
    from lms.people.importing.reading import Table
    from lms.people.importing.work import work_on_list
    from lms.people.models import Organisation
    from tests import factories

    unit = factories.unit(Organisation.objects.get(depth=1))
    rows = [(n + 2, [f"70{n:05}", "Ґалаґан", "Юлія"]) for n in range(int(count))]
    made = take_in_list(
        table=Table(["number", "family name", "given name"], rows), name="list.csv", unit=unit,
        actor=factories.coordinator(unit),
    )  # fmt: skip
    settle_columns(staff_import=made, columns=made.columns)
    while work_on_list(made.pk):
        pass
    made.refresh_from_db()
    bring_list_in(staff_import=made)


def main(words: list[str]) -> None:
    verbs = {
        "build": build,
        "static": static,
        "again": again,
        "bulk": bulk,
        "bulk-again": bulk_again,
        "staff-list": staff_list,
        "complete": complete,
        "complete-and-die": complete_and_die,
    }
    verbs[words[0]](*words[1:])
