"""Makes people and courses in the served database, and reads what came of them.

Runs beside the server, with its environment: `python -m tests.e2e.seed` reads a JSON list
[command, arguments] a line and answers with a JSON line. So the browser tests touch the database
only through the product's own actions and models.
"""

import json
import os
import sys
import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402
from django.utils import timezone  # noqa: E402

from certificates.actions import revoke_certificate  # noqa: E402
from certificates.models import Certificate  # noqa: E402
from certificates.serials import grouped, new_serial  # noqa: E402
from courses.actions import choose_language, publish_course  # noqa: E402
from courses.catalogue import CATALOGUE, load_course  # noqa: E402
from courses.glossary import FILE, load_glossary  # noqa: E402
from courses.models import (  # noqa: E402
    Assignment,
    Course,
    Enrolment,
    PracticalItem,
    TextFile,
)
from courses.outlines import outline_of  # noqa: E402
from lms.people.actions import issue_code  # noqa: E402
from lms.people.actions.imports import settle_columns, take_in_list  # noqa: E402
from lms.people.actions.jobs import start_job  # noqa: E402
from lms.people.importing.reading import Table  # noqa: E402
from lms.people.importing.work import work_on_list  # noqa: E402
from lms.people.models import Organisation, User  # noqa: E402
from quizzes.models import Attempt, Layout, Quiz, Slot  # noqa: E402
from quizzes.paper import Paper  # noqa: E402
from tests import factories  # noqa: E402
from tests.catalogue import cut_catalogue  # noqa: E402

PASSWORD = "browser-test-2026"
COURSE = "DOC-01"
TYPES = ("single", "multiple", "truefalse", "shorttext", "numeric", "matching", "ordering")


def world() -> None:
    """A demonstration service, so that its ribbon is on every page, with DOC-01 and three more."""
    root = factories.service("UA", is_demo=True)
    unit = factories.unit(root, "UA-SARNY")
    factories.coordinator(unit, email="coordinator@example.org")
    load_glossary(CATALOGUE / FILE, owner=root)
    with tempfile.TemporaryDirectory() as folder:
        part = cut_catalogue(Path(folder) / "catalogue") / COURSE
        publish_course(course=load_course(part, owner=root), actor=None)
    factories.published_course(
        root, code="TEN", readings=0, questions=10, quiz_settings={"layout": Layout.ONE_PAGE}
    )
    timed_course(root)
    course_of_all_types(root)


def of_world(code: str) -> Course:
    """A course of the service in which nearly all happens."""
    return Course.objects.get(service__code="UA", code=code)


def whole_catalogue() -> list[dict[str, Any]]:
    """A service of its own with every course of the catalogue, published in all its languages.

    Of each course its titles by language, how many lessons it has, and the address of that one
    whose figures weigh most.
    """
    root = factories.service("BY")
    factories.unit(root, "BY-LIDA")
    call_command("load_catalogue", service="BY", publish=True, verbosity=0, stdout=sys.stderr)
    found = []
    for course in Course.objects.filter(service=root).order_by("code"):
        figures = TextFile.objects.filter(text__lesson__course=course, text__language="be")
        weights: Counter[str] = Counter()
        for row in figures.select_related("file", "text__lesson"):
            weights[row.text.lesson.key] += row.file.file.size
        heaviest = max(weights, key=lambda key: weights[key])
        found.append(
            {
                "code": course.code,
                "titles": course.title.data,
                "lessons": course.lessons.filter(removed_at=None).count(),
                "heaviest": f"/courses/{course.code}/lessons/{heaviest}/",
            }
        )
    return found


def timed_course(owner: Organisation) -> None:
    """Three questions in a minute."""
    factories.published_course(
        owner,
        code="TIMED",
        readings=0,
        questions=3,
        quiz_settings={"time_limit": 1, "attempts": None},
    )


def course_of_all_types(owner: Organisation) -> None:
    """A reading lesson, then two quizzes over DOC-01's bank: a question of each type."""
    course = factories.draft_course(owner, code="TYPES")
    module = factories.module(course)
    factories.lesson(module, key="reading")
    bank = Quiz.objects.get(lesson__course=of_world(COURSE), lesson__key="final-test").bank
    for key, layout in (("types", Layout.ONE_PAGE), ("types-paged", Layout.ONE_PER_PAGE)):
        lesson = factories.lesson(module, kind="quiz", key=key)
        quiz = Quiz.objects.create(
            lesson=lesson, bank=bank, pass_mark=70, attempts=None, layout=layout
        )
        for position, code in enumerate(TYPES, 1):
            # The longest: what fits with it on a telephone fits with the others too.
            found = bank.questions.filter(type=code)
            longest = max(found, key=lambda row: len(str(row.versions.latest("number").body)))
            Slot.objects.create(quiz=quiz, position=position, question=longest)
    publish_course(course=course, actor=None)


def officer(language: str = "uk", new: bool = False) -> dict[str, str]:
    """Somebody who can sign in; a new one with a one-time code."""
    fields: dict[str, Any] = {"name_confirmed_at": None, "privacy_read_at": None} if new else {}
    unit = Organisation.objects.get(code="UA-SARNY")
    user = factories.officer(unit, language=language, **fields)
    if new:
        return {"login": user.login, "password": issue_code(user=user, actor=None)}
    return with_password(user)


def coordinator(language: str = "uk") -> dict[str, str]:
    """Somebody who answers for a unit of his own, in which nobody serves yet."""
    unit = factories.unit(Organisation.objects.get(code="UA"))
    return with_password(factories.coordinator(unit, language=language)) | {"unit": unit.code}


def trainer(language: str = "uk") -> dict[str, str]:
    """Somebody who keeps courses of the whole service."""
    return with_password(factories.trainer(Organisation.objects.get(code="UA"), language=language))


def officer_of(unit: str, language: str = "uk") -> dict[str, str]:
    """Somebody of that unit who can sign in."""
    return with_password(factories.officer(Organisation.objects.get(code=unit), language=language))


def desk(login: str, unit: str) -> dict[str, str]:
    """A coordinator's desk with something of everything on it; the addresses of its things."""
    actor = User.objects.select_related("service").get(login=login.lower())
    place = Organisation.objects.get(code=unit)
    course = of_world(COURSE)
    late, failed, done, away = (factories.officer(place) for _person in range(4))
    factories.enrolled(late, course, due_on=timezone.localdate() + timedelta(days=2))
    past_due(late.login, COURSE)
    enrolment = factories.enrolled(failed, course)
    for _attempt in range(3):
        factories.submitted(enrolment, key="final-test", right=0)
    factories.completed(factories.enrolled(done, of_world("TEN")))
    rule = Assignment.objects.create(
        course=course, organisation=place, created_by=actor, due_days=30
    )
    job = start_job(
        kind="people.codes", actor=actor, params={"count": 1}, things=[(str(away.pk), "x")]
    )
    rows = [(2, ["880001", "Ґонта", "Їля", "сержант"]), (3, ["", "Ґонта", "Їля", "адмірал"])]
    staff_list = take_in_list(
        table=Table(["number", "family name", "given name", "rank"], rows),
        name="список.csv", unit=place, actor=actor,
    )  # fmt: skip
    settle_columns(staff_import=staff_list, columns=staff_list.columns)
    while work_on_list(staff_list.pk):
        pass
    picked = f"of=officers&pick={late.pk}&pick={done.pk}"
    asked = f"unit={place.pk}&course={course.pk}&due=days&due_days=10"
    return {
        "record": f"/officers/{failed.pk}/",
        "record of a completion": f"/officers/{done.pk}/",
        "extend": f"/officers/{late.pk}/{late.enrolments.get().pk}/extend/",
        "grant": f"/officers/{failed.pk}/{enrolment.pk}/grant/final-test/",
        "person": f"/staff/{late.pk}/",
        "assignment": f"/assignments/{rule.pk}/",
        "assignment shown": f"/assignments/new/?{asked}",
        "job": f"/jobs/{job.pk}/",
        "sheet of codes": f"/jobs/{job.pk}/codes/",
        "staff list": f"/staff/import/{staff_list.pk}/",
        "columns": f"/staff/import/{staff_list.pk}/columns/",
        "bulk enrol": f"/bulk/confirm/?{picked}&action=enrol",
        "protocol": f"/protocol/?course={COURSE}&unit={place.pk}&all=on",
    }


def study(login: str) -> dict[str, str]:
    """A trainer's pages: the addresses of a bank, a question, and of who practises."""
    actor = User.objects.select_related("service").get(login=login.lower())
    root = Organisation.objects.get(code="UA")
    bank = Quiz.objects.get(lesson__course=of_world(COURSE), lesson__key="final-test").bank
    course = factories.draft_course(root)
    module = factories.module(course)
    for kind in ("video", "file", "practical", "reading"):
        factories.lesson(module, kind=kind, key=kind)
    lesson = course.lessons.get(key="practical")
    for number in (1, 2):
        PracticalItem.objects.create(
            lesson=lesson, key=f"line{number}", text=factories.texts("Показує"), position=number
        )
    course.lessons.filter(kind__in=("video", "file")).update(removed_at=timezone.now())
    enrolment = factories.enrolled(
        factories.officer(factories.unit(root)), publish_course(course=course, actor=actor).course
    )
    course.lessons.update(removed_at=None)
    question = bank.questions.earliest("pk")
    return {
        "draft": f"/teaching/courses/{course.code}/",
        "publish with holes": f"/teaching/courses/{course.code}/publish/",
        "video": f"/teaching/courses/{course.code}/lessons/video/video/",
        "file": f"/teaching/courses/{course.code}/lessons/file/file/",
        "practical": f"/teaching/courses/{course.code}/lessons/practical/practical/",
        "bank": f"/teaching/banks/{bank.pk}/",
        "new question": f"/teaching/banks/{bank.pk}/new/?type=matching&beside=en",
        "question": f"/teaching/banks/questions/{question.pk}/",
        "history of a question": f"/teaching/banks/questions/{question.pk}/history/",
        "tick": f"/teaching/practical/{enrolment.pk}/practical/",
    }


def administrator(language: str = "uk") -> dict[str, str]:
    return with_password(
        factories.administrator(Organisation.objects.get(code="UA"), language=language)
    )


def operator() -> dict[str, str]:
    return with_password(factories.operator(language="uk"))


def with_password(user: User) -> dict[str, str]:
    user.set_password(PASSWORD)
    user.save(update_fields=["password"])
    return {"login": user.login, "password": PASSWORD}


def _enrolment(login: str, course: str) -> Enrolment:
    found = Enrolment.objects.select_related("course", "officer__service")
    return found.filter(officer__login=login.lower(), course__code=course).latest("cycle")


def enrol(
    login: str, course: str, language: str = "", read: bool = False, due_in: int | None = None
) -> None:
    """Enrol in a course, due in so many days if asked, and mark its reading lessons done."""
    user = User.objects.select_related("service").get(login=login.lower())
    due_on = None if due_in is None else timezone.localdate() + timedelta(days=due_in)
    row = factories.enrolled(user, of_world(course), due_on=due_on)
    if language:
        outline = outline_of(row.course.current_revision_id or 0)
        choose_language(enrolment=row, language=language, outline=outline)
    if read:
        factories.read_all(row)


def past_due(login: str, course: str) -> None:
    """As if the due day had been yesterday: no action sets one in the past."""
    row = _enrolment(login, course)
    row.set_due(timezone.localdate() - timedelta(days=1), row.officer.zone)
    row.save(update_fields=["due_on", "due_at"])


def start(login: str, course: str, key: str = "") -> str:
    """An attempt just started; its number."""
    return str(factories.started(_enrolment(login, course), key=key).pk)


def leave_time(pk: str, seconds: int) -> None:
    """The attempt's deadline is so many seconds away from now."""
    deadline = timezone.now() + timedelta(seconds=seconds)
    Attempt.objects.filter(pk=pk).update(deadline_at=deadline)


def submitted(login: str, course: str, key: str = "", right: int | None = None) -> str:
    """An attempt from its start to its result, the first `right` questions answered rightly."""
    return str(factories.submitted(_enrolment(login, course), key=key, right=right).pk)


def complete(login: str, course: str) -> None:
    factories.completed(_enrolment(login, course))


def attempt(pk: str) -> dict[str, Any]:
    """Where an attempt stands, and for each question what is answered and the right form."""
    row = Attempt.objects.select_related("enrolment").get(pk=pk)
    questions = {}
    for question in Paper(row).questions:
        assert question.type is not None
        right = question.type.right_response(question.body)
        questions[question.position] = {
            "name": question.name,
            "response": question.item.response,
            "is_right": question.item.response == right,
            "saves": question.item.saves.count(),
            "right": question.type.form_data(question.body, right, question.name),
        }
    return {
        "open": row.is_open,
        "passed": row.passed,
        "in_time": row.in_time,
        "language": row.enrolment.language,
        "questions": questions,
    }


def certificates(login: str) -> list[dict[str, Any]]:
    rows = Certificate.objects.filter(enrolment__officer__login=login.lower())
    return [
        {
            "serial": row.shown_serial,
            "name": row.name_native,
            "language": row.language,
            "files": row.files.count(),
            "url": row.get_absolute_url(),
            "pk": str(row.pk),
        }
        for row in rows.order_by("edition")
    ]


def last_attempt(login: str, course: str) -> str:
    rows = Attempt.objects.filter(enrolment=_enrolment(login, course))
    return str(rows.latest("started_at").pk)


def revoke(pk: str) -> None:
    certificate = Certificate.objects.get(pk=pk)
    revoke_certificate(
        certificate=certificate, reason="Видано помилково", actor=None, now=timezone.now()
    )


def unknown_serial() -> str:
    """A serial number that is typed right and was never issued."""
    return grouped(new_serial())


COMMANDS = {
    command.__name__: command
    for command in (
        world,
        whole_catalogue,
        officer,
        coordinator,
        trainer,
        officer_of,
        administrator,
        desk,
        study,
        operator,
        enrol,
        past_due,
        start,
        leave_time,
        submitted,
        complete,
        attempt,
        last_attempt,
        certificates,
        revoke,
        unknown_serial,
    )
}


def main() -> None:
    answers = sys.stdout
    sys.stdout = sys.stderr  # whatever prints does not stand among the answers
    for line in sys.stdin:
        name, arguments = json.loads(line)
        try:
            answer = {"answer": COMMANDS[name](**arguments)}
        except Exception as error:  # told to the test, which fails with it
            answer = {"error": f"{type(error).__name__}: {error}"}
        finally:
            connections.close_all()
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
