"""How many queries each page and each act costs: the same with few rows and with many.

The numbers are what is spent, sign-in included; one that grows or falls is changed here, knowingly.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from certificates.models import Certificate
from certificates.serials import new_serial
from courses.actions import publish_course
from courses.models import (
    Assignment,
    Course,
    CourseRevision,
    CourseTitle,
    Enrolment,
    Lesson,
    LessonProgress,
    LessonText,
    PracticalItem,
    PracticalTick,
)
from courses.outlines import outline_of
from lms.audit.actions import record
from lms.people.actions.imports import settle_columns, take_in_list
from lms.people.actions.jobs import start_job
from lms.people.importing.reading import Table
from lms.people.importing.work import work_on_list
from lms.people.models import Job, Membership, Organisation, PersonRequest, StaffImport, User
from quizzes.actions import submit_attempt
from quizzes.models import Attempt, Question, QuestionBank, Slot
from tests import factories
from tests.quizzes.helpers import key_of, quiz_item

pytestmark = [pytest.mark.django_db, pytest.mark.production]

MANY = 500
# Page or act → queries. Catalogue, course, lesson and attempt page: at most 12 (issue 3).
PAGES = {
    "catalogue": 6,
    "catalogue, searched and filtered": 6,
    "glossary": 4,
    "glossary, searched": 4,
    "course": 4,
    "lesson": 4,
    "quiz lesson": 7,
    "attempt": 4,
    "attempt, one a page": 4,
    "finish": 4,
    "result": 7,
    "home of an officer": 6,
    "home of a trainer": 7,
    "outline of a draft": 13,
    "publish page": 16,
    "outcomes of a course": 6,
    "preview of a lesson": 10,
    "home of a coordinator": 13,
    "record of an officer": 12,
    "list of officers": 8,
    "list of officers, filtered": 8,
    "list of enrolments": 9,
    "expiring certificates": 8,
    "protocol": 8,
    "audit log": 5,
    "certificates": 4,
    "practical work": 8,
    "practical work of one": 7,
    "assignments": 5,
    "assignment": 6,
    "assignment, preview": 10,
    "jobs": 4,
    "job": 5,
    "bulk action, confirm": 8,
    "staff lists": 6,
    "staff list, tried": 6,
    "staff list, its columns": 4,
    "people of the service": 6,
    "requests": 5,
    "question banks": 7,
    "question bank": 10,
    "questions to pick": 12,
    "quiz builder": 16,
    "history of a question": 5,
    "translations": 5,
    "history of a text": 9,
    "certificates of an officer": 12,
}
ACTS = {
    "enrol": 14,
    "mark done": 10,
    "mark the last done": 17,
    "start": 11,
    "save an answer": 9,
    "save an answer again": 7,
    "post the page": 19,
    "submit, passing": 22,
}
AT_MOST_TWELVE = {"catalogue", "catalogue, searched and filtered", "course", "lesson",
                  "quiz lesson", "attempt", "attempt, one a page"}  # fmt: skip


class World(NamedTuple):
    root: Organisation
    post: Organisation
    officer: User


@pytest.fixture
def world() -> World:
    root = factories.service("UA")
    post = factories.unit(root)
    return World(root, post, factories.officer(post, language="en"))


def copies(row: Any, count: int, **fields: Callable[[int], Any]) -> list[Any]:
    """More rows like this one, past the actions: only their number matters here."""
    model = type(row)
    values = {
        column.attname: getattr(row, column.attname)
        for column in model._meta.concrete_fields
        if not column.primary_key
    }
    made = []
    for number in range(count):
        changed = {name: make(number) for name, make in fields.items()}
        made.append(model(**(values | changed)))
    return list(model._base_manager.bulk_create(made))


def spent(client: Client, address: str, data: Any = None) -> int:
    """The queries of the request, the outlines being in memory as they are in a busy service."""
    if data is None:
        client.get(address)
    with CaptureQueriesContext(connection) as queries:
        response = client.get(address) if data is None else client.post(address, data)
    assert response.status_code in ({200} if data is None else {200, 302}), response
    own = ("SAVEPOINT", "RELEASE SAVEPOINT")  # the transactions inside that of the test
    return sum(not query["sql"].startswith(own) for query in queries.captured_queries)


def browser_of(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


# What there may be many of


def many_courses(world: World, count: int) -> None:
    """Published courses, in all of which the officer is enrolled, with something done."""
    course = factories.published_course(world.root, code="C", readings=1, questions=0)
    enrolment = factories.enrolled(world.officer, course)
    lesson = course.lessons.get()
    text = CourseTitle.objects.filter(course=course, language="en").get()
    revision = course.current_revision
    assert revision
    courses = copies(course, count - 1, code=lambda number: f"C-{number}",
                     current_revision_id=lambda _number: None,
                     status=lambda _number: "draft")  # fmt: skip
    revisions = copies(
        revision, count - 1, course_id=lambda number: courses[number].pk,
        outline=lambda _number: revision.outline,
    )  # fmt: skip
    for one, its in zip(courses, revisions, strict=True):
        one.current_revision, one.status = its, "published"
    Course.objects.bulk_update(courses, ["current_revision", "status"])
    copies(text, count - 1, course_id=lambda number: courses[number].pk)
    enrolments = copies(enrolment, count - 1, course_id=lambda number: courses[number].pk)
    LessonProgress.objects.bulk_create(
        LessonProgress(enrolment=row, lesson=lesson, revision=revision)
        for row in [enrolment, *enrolments]
    )


def many_lessons(world: World, count: int) -> Course:
    """A course of so many lessons and a quiz, half of the lessons done by the officer."""
    course = factories.published_course(
        world.root, code="LONG", readings=1, questions=2, languages=["en"]
    )
    first = course.lessons.get(kind="reading")
    lessons = copies(
        first, count - 1, key=lambda number: f"l{number}", position=lambda number: 1000 + number
    )
    text = LessonText.objects.get(lesson=first)
    texts = copies(text, count - 1, lesson_id=lambda number: lessons[number].pk)
    revision = course.current_revision
    assert revision
    outline = revision.outline
    entry = outline["modules"][0]["lessons"][0]
    outline["modules"][0]["lessons"] += [
        entry | {"id": row.pk, "key": row.key, "texts": {"en": its.pk}}
        for row, its in zip(lessons, texts, strict=True)
    ]
    long = CourseRevision.objects.create(course=course, number=2, languages=["en"], outline=outline)
    Course.objects.filter(pk=course.pk).update(current_revision=long)
    course = Course.objects.select_related("service", "owner").get(pk=course.pk)
    enrolment = factories.enrolled(world.officer, course)
    LessonProgress.objects.bulk_create(
        LessonProgress(enrolment=enrolment, lesson=lesson, revision=long)
        for lesson in lessons[: count // 2]
    )
    return course


def key_in(course: Course, kind: str) -> str:
    return course.lessons.filter(kind=kind).earliest("pk").key


def many_people(world: World, count: int) -> None:
    """Officers of the post, each enrolled."""
    course = factories.published_course(world.root, code="C", readings=1, questions=0)
    enrolment = factories.enrolled(world.officer, course)
    people = copies(world.officer, count - 1, login=lambda number: f"ua-many-{number}")
    membership = Membership.objects.get(user=world.officer)
    copies(membership, count - 1, user_id=lambda number: people[number].pk)
    copies(enrolment, count - 1, officer_id=lambda number: people[number].pk)


def many_certificates(world: World, count: int) -> None:
    """Completed cycles of one course, each with its certificate."""
    course = factories.published_course(world.root, code="C", readings=1, questions=0)
    done = factories.completed(factories.enrolled(world.officer, course))
    certificate = Certificate.objects.get()
    cycles = copies(done, count - 1, cycle=lambda number: number + 2)
    copies(
        certificate, count - 1, enrolment_id=lambda number: cycles[number].pk,
        serial=lambda _number: new_serial(),
    )  # fmt: skip


def attempt_of(world: World, count: int, **settings: Any) -> Attempt:
    """An open attempt at so many questions, half of them answered."""
    course = factories.published_course(
        world.root, code="C", readings=0, questions=count, quiz_settings=settings
    )
    attempt = factories.started(factories.enrolled(world.officer, course))
    return factories.answered(attempt, right=count // 2)


def catalogue(world: World, count: int, query: str = "") -> int:
    many_courses(world, count)
    return spent(browser_of(world.officer), f"/courses/{query}")


def searched(world: World, count: int) -> int:
    return catalogue(world, count, "?q=перевірка&language=en&state=mine")


def glossary(world: World, count: int, query: str = "") -> int:
    for number in range(count):
        factories.term(world.root, f"term-{number}")
    return spent(browser_of(world.officer), f"/glossary/{query}")


def glossary_searched(world: World, count: int) -> int:
    return glossary(world, count, "?q=цифра")


def course(world: World, count: int) -> int:
    many_lessons(world, count)
    many_cycles(world, count)
    return spent(browser_of(world.officer), "/courses/LONG/")


def many_cycles(world: World, count: int) -> None:
    """Enrolments of others in the course."""
    enrolment = Enrolment.objects.get()
    people = copies(world.officer, count, login=lambda number: f"ua-many-{number}")
    copies(enrolment, count, officer_id=lambda number: people[number].pk)


def lesson(world: World, count: int) -> int:
    key = key_in(many_lessons(world, count), "reading")
    return spent(browser_of(world.officer), f"/courses/LONG/lessons/{key}/")


def quiz_lesson(world: World, count: int) -> int:
    """All attempts used, so that the page also says whom to ask."""
    long = many_lessons(world, count)
    enrolment = Enrolment.objects.get(course=long)
    for _ in range(3):
        factories.submitted(enrolment, right=0)
    return spent(browser_of(world.officer), f"/courses/LONG/lessons/{key_in(long, 'quiz')}/")


def attempt_page(world: World, count: int) -> int:
    attempt = attempt_of(world, min(count, 100))
    return spent(browser_of(world.officer), f"/attempts/{attempt.pk}/")


def attempt_one_a_page(world: World, count: int) -> int:
    attempt = attempt_of(world, min(count, 100), layout="one_per_page", time_limit=60)
    return spent(browser_of(world.officer), f"/attempts/{attempt.pk}/?page=7")


def finish(world: World, count: int) -> int:
    attempt = attempt_of(world, min(count, 100))
    return spent(browser_of(world.officer), f"/attempts/{attempt.pk}/finish/")


def result(world: World, count: int) -> int:
    attempt = attempt_of(world, min(count, 100), attempts=1)
    submit_attempt(attempt=attempt)
    return spent(browser_of(world.officer), f"/attempts/{attempt.pk}/result/")


def home_of_an_officer(world: World, count: int) -> int:
    many_courses(world, count)
    return spent(browser_of(world.officer), "/learning/")


def home_of_a_trainer(world: World, count: int) -> int:
    many_courses(world, count)
    return spent(browser_of(factories.trainer(world.root)), "/teaching/")


def outcomes_of_a_course(world: World, count: int) -> int:
    many_lessons(world, count)
    return spent(browser_of(factories.trainer(world.root)), "/teaching/courses/LONG/outcomes/")


def outline_of_a_draft(world: World, count: int) -> int:
    many_lessons(world, count)
    return spent(browser_of(factories.trainer(world.root)), "/teaching/courses/LONG/")


def publish_page(world: World, count: int) -> int:
    """After so many revisions, with so many officers under way."""
    course = many_lessons(world, count)
    many_cycles(world, count)
    outline = {"outline": lambda _number: {}}
    copies(course.revisions.latest("pk"), count, number=lambda n: n + 3, **outline)
    return spent(browser_of(factories.trainer(world.root)), "/teaching/courses/LONG/publish/")


def preview_of_a_lesson(world: World, count: int) -> int:
    key = key_in(many_lessons(world, count), "reading")
    trainer = browser_of(factories.trainer(world.root))
    return spent(trainer, f"/teaching/courses/LONG/preview/{key}/")


def home_of_a_coordinator(world: World, count: int) -> int:
    many_people(world, count)
    day = timezone.localdate() + timedelta(days=3)
    Enrolment.objects.update(due_on=day, due_at=timezone.now() + timedelta(days=3))
    return spent(browser_of(factories.coordinator(world.root)), "/overview/")


def list_of_officers(world: World, count: int, query: str = "") -> int:
    many_people(world, count)
    return spent(browser_of(factories.coordinator(world.root)), f"/officers/?size=100{query}")


def list_of_officers_filtered(world: World, count: int) -> int:
    query = f"&state=live&course=C&unit={world.post.pk}&sort=-overdue&q=мар&account=never"
    return list_of_officers(world, count, query)


def list_of_enrolments(world: World, count: int) -> int:
    many_people(world, count)
    coordinator = browser_of(factories.coordinator(world.root))
    return spent(coordinator, "/enrolments/?size=100&state=live&sort=unit")


def completed_by_many(world: World, count: int) -> Client:
    """Officers who have completed a course, each with a certificate that ends soon."""
    many_people(world, count)
    done = factories.completed(Enrolment.objects.get(officer=world.officer))
    rows = Enrolment.objects.exclude(pk=done.pk)
    rows.update(completed_at=done.completed_at, completed_revision=done.completed_revision_id)
    keys = list(rows.values_list("pk", flat=True))
    copies(
        Certificate.objects.get(), len(keys), enrolment_id=lambda number: keys[number],
        serial=lambda _number: new_serial(),
    )  # fmt: skip
    Certificate.objects.update(expires_on=timezone.localdate() + timedelta(days=9))
    return browser_of(factories.coordinator(world.root))


def expiring_certificates(world: World, count: int) -> int:
    return spent(completed_by_many(world, count), "/certificates-expiring/?size=100")


def protocol(world: World, count: int) -> int:
    return spent(completed_by_many(world, count), "/protocol/?course=C")


def audit_log(world: World, count: int) -> int:
    entry = record("x.y", actor=world.officer, thing=world.officer, organisation=world.root.path)
    copies(entry, count)
    administrator = browser_of(factories.administrator(world.root))
    return spent(administrator, "/audit/?person=мар&verb=session.started&day_from=2020-01-01")


def record_of_an_officer(world: World, count: int) -> int:
    """So many cycles of a course, each completed with its certificate."""
    many_certificates(world, count)
    address = f"/officers/{world.officer.pk}/"
    return spent(browser_of(factories.coordinator(world.root)), address)


def certificates(world: World, count: int) -> int:
    many_certificates(world, count)
    return spent(browser_of(world.officer), "/certificates/")


def assignments_for(world: World, count: int) -> tuple[Client, Assignment]:
    """As many assignments, each officer of the unit enrolled by the first."""
    many_people(world, count)
    actor = factories.coordinator(world.root)
    rule = Assignment.objects.create(
        course=Course.objects.first(), organisation=world.root, created_by=actor, ranks=["captain"]
    )
    copies(rule, count)
    Enrolment.objects.update(assignment=rule)
    return browser_of(actor), rule


def assignment_list(world: World, count: int) -> int:
    return spent(assignments_for(world, count)[0], "/assignments/")


def assignment(world: World, count: int) -> int:
    browser, rule = assignments_for(world, count)
    return spent(browser, f"/assignments/{rule.pk}/")


def assignment_preview(world: World, count: int) -> int:
    many_people(world, count)
    course = factories.published_course(world.root, code="NEW", readings=1, questions=0)
    address = f"/assignments/new/?unit={world.root.pk}&course={course.pk}&due=none"
    return spent(browser_of(factories.coordinator(world.root)), address)


def jobs_of(world: World, count: int) -> tuple[Client, Job]:
    """As many jobs of one person, each with items that were left as they were."""
    actor = factories.coordinator(world.root)
    things = [(str(number), str(number)) for number in range(count)]
    job = start_job(
        kind="people.codes", actor=actor, params={"count": count}, things=things
    )  # fmt: skip
    job.items.update(state="skipped", done_at=job.created_at)
    copies(job, count)
    return browser_of(actor), job


def staff_list_of(world: World, count: int) -> tuple[Client, StaffImport]:
    """As many staff lists of one person, in each as many rows that cannot be brought in."""
    actor = factories.coordinator(world.root)
    rows = [(number + 2, [str(number), "Ґ", "М", "адмірал"]) for number in range(count)]
    made = take_in_list(
        table=Table(["number", "family name", "given name", "rank"], rows),
        name="list.csv", unit=world.root, actor=actor,
    )  # fmt: skip
    settle_columns(staff_import=made, columns=made.columns)
    made.refresh_from_db()
    while work_on_list(made.pk):
        pass
    copies(made, count)
    made.refresh_from_db()
    return browser_of(actor), made


def staff_lists(world: World, count: int) -> int:
    return spent(staff_list_of(world, count)[0], "/staff/import/?size=100")


def staff_list_tried(world: World, count: int) -> int:
    client, made = staff_list_of(world, count)
    return spent(client, f"/staff/import/{made.pk}/?size=100")


def staff_list_columns(world: World, count: int) -> int:
    client, made = staff_list_of(world, count)
    return spent(client, f"/staff/import/{made.pk}/columns/")


def job_list(world: World, count: int) -> int:
    return spent(jobs_of(world, count)[0], "/jobs/")


def job_page(world: World, count: int) -> int:
    browser, job = jobs_of(world, count)
    return spent(browser, f"/jobs/{job.pk}/")


def people_of_the_service(world: World, count: int) -> int:
    many_people(world, count)
    return spent(browser_of(factories.administrator(world.root)), "/staff/?size=100")


def requests(world: World, count: int) -> int:
    asked = PersonRequest.objects.create(
        service=world.root, unit=world.post, made_by=factories.coordinator(world.post),
        data={"number": "1"},
    )  # fmt: skip
    copies(asked, count - 1)
    return spent(browser_of(factories.administrator(world.root)), "/staff/requests/?size=100")


def many_questions(world: World, count: int) -> tuple[Client, Course, Question]:
    """A bank of so many questions, half of them in a quiz, of so many versions each."""
    course = factories.published_course(world.root, code="Q", readings=0, questions=1)
    bank = QuestionBank.objects.get()
    question = bank.questions.get()
    questions = copies(question, count - 1, key=lambda number: f"copy-{number}")
    version = question.versions.get()
    copies(version, count - 1, question_id=lambda number: questions[number].pk)
    copies(version, count - 1, number=lambda number: number + 2)
    slot = Slot.objects.get()
    copies(
        slot, count // 2, position=lambda number: number + 2,
        question_id=lambda number: questions[number].pk,
    )  # fmt: skip
    copies(bank, count - 1, key=lambda number: f"bank-{number}")
    return browser_of(factories.trainer(world.root)), course, question


def question_banks(world: World, count: int) -> int:
    return spent(many_questions(world, count)[0], "/teaching/banks/?size=100")


def question_bank(world: World, count: int) -> int:
    browser, _course, question = many_questions(world, count)
    return spent(browser, f"/teaching/banks/{question.bank_id}/?size=100")


def quiz_address(course: Course) -> str:
    return f"/teaching/banks/quizzes/{course.code}/{course.lessons.get(kind='quiz').key}/"


def questions_to_pick(world: World, count: int) -> int:
    browser, course, _question = many_questions(world, count)
    return spent(browser, f"{quiz_address(course)}pick/")


def quiz_builder(world: World, count: int) -> int:
    browser, course, _question = many_questions(world, count)
    return spent(browser, quiz_address(course))


def history_of_a_question(world: World, count: int) -> int:
    browser, _course, question = many_questions(world, count)
    return spent(browser, f"/teaching/banks/questions/{question.pk}/history/")


def translations(world: World, count: int) -> int:
    course = many_lessons(world, count)
    return spent(
        browser_of(factories.trainer(world.root)), f"/teaching/courses/{course.code}/translations/"
    )


def history_of_a_text(world: World, count: int) -> int:
    course = factories.published_course(world.root, readings=1, questions=0)
    lesson = course.lessons.get()
    copies(lesson.texts.filter(language="en")[0], count - 1, version=lambda number: number + 2)
    address = f"/teaching/courses/{course.code}/lessons/{lesson.key}/text/en/history/"
    return spent(browser_of(factories.trainer(world.root)), address)


def certificates_of_an_officer(world: World, count: int) -> int:
    """On the record that the coordinator reads."""
    many_certificates(world, count)
    browser = browser_of(factories.coordinator(world.root))
    return spent(browser, f"/officers/{world.officer.pk}/")


def bulk_confirm(world: World, count: int) -> int:
    many_people(world, count)
    address = "/bulk/confirm/?of=officers&action=codes&all=1"
    return spent(browser_of(factories.coordinator(world.root)), address)


def many_at_practice(world: World, count: int) -> Enrolment:
    """Officers who take a course of two checklists, the first line of one ticked for each."""
    course = factories.draft_course(world.root, code="P")
    module = factories.module(course)
    for key in ("lamp", "lens"):
        lesson = factories.lesson(module, kind="practical", key=key)
        for position in range(min(count, 60)):
            PracticalItem.objects.create(
                lesson=lesson, key=f"k{position}", text=factories.texts("А"), position=position
            )
    publish_course(course=course, actor=None)
    course = Course.objects.get(pk=course.pk)
    enrolment = factories.enrolled(world.officer, course)
    people = copies(world.officer, count - 1, login=lambda number: f"ua-many-{number}")
    membership = Membership.objects.get(user=world.officer)
    copies(membership, count - 1, user_id=lambda number: people[number].pk)
    rows = copies(enrolment, count - 1, officer_id=lambda number: people[number].pk)
    trainer = factories.trainer(world.root)
    PracticalTick.objects.bulk_create(
        PracticalTick(enrolment=row, lesson=lesson, key="k0", ticked_by=trainer)
        for row in [enrolment, *rows]
    )
    return enrolment


def practical_work(world: World, count: int) -> int:
    many_at_practice(world, count)
    return spent(browser_of(factories.trainer(world.root)), "/teaching/practical/?q=ґалаґан")


def practical_work_of_one(world: World, count: int) -> int:
    enrolment = many_at_practice(world, count)
    address = f"/teaching/practical/{enrolment.pk}/lens/"
    return spent(browser_of(factories.trainer(world.root)), address)


MEASURES: dict[str, Callable[[World, int], int]] = {
    "catalogue": catalogue,
    "catalogue, searched and filtered": searched,
    "glossary": glossary,
    "glossary, searched": glossary_searched,
    "course": course,
    "lesson": lesson,
    "quiz lesson": quiz_lesson,
    "attempt": attempt_page,
    "attempt, one a page": attempt_one_a_page,
    "finish": finish,
    "result": result,
    "home of an officer": home_of_an_officer,
    "home of a trainer": home_of_a_trainer,
    "outline of a draft": outline_of_a_draft,
    "publish page": publish_page,
    "outcomes of a course": outcomes_of_a_course,
    "preview of a lesson": preview_of_a_lesson,
    "home of a coordinator": home_of_a_coordinator,
    "record of an officer": record_of_an_officer,
    "list of officers": list_of_officers,
    "list of officers, filtered": list_of_officers_filtered,
    "list of enrolments": list_of_enrolments,
    "expiring certificates": expiring_certificates,
    "protocol": protocol,
    "audit log": audit_log,
    "certificates": certificates,
    "practical work": practical_work,
    "practical work of one": practical_work_of_one,
    "assignments": assignment_list,
    "assignment": assignment,
    "assignment, preview": assignment_preview,
    "jobs": job_list,
    "job": job_page,
    "bulk action, confirm": bulk_confirm,
    "staff lists": staff_lists,
    "staff list, tried": staff_list_tried,
    "staff list, its columns": staff_list_columns,
    "people of the service": people_of_the_service,
    "requests": requests,
    "question banks": question_banks,
    "question bank": question_bank,
    "questions to pick": questions_to_pick,
    "quiz builder": quiz_builder,
    "history of a question": history_of_a_question,
    "translations": translations,
    "history of a text": history_of_a_text,
    "certificates of an officer": certificates_of_an_officer,
}


def test_every_budget_is_measured() -> None:
    assert MEASURES.keys() == PAGES.keys()
    assert ACTS.keys() == MEASURED_ACTS.keys()
    assert all(PAGES[page] <= 12 for page in AT_MOST_TWELVE)


@pytest.mark.parametrize("count", [10, MANY])
@pytest.mark.parametrize("page", PAGES)
def test_page(world: World, page: str, count: int) -> None:
    assert MEASURES[page](world, count) == PAGES[page]


# Acts, at few and at many rows around them


def act_enrol(world: World, count: int) -> int:
    many_courses(world, count)
    other = factories.published_course(world.root, code="NEW", readings=1, questions=0)
    return spent(browser_of(world.officer), f"/courses/{other.code}/enrol/", {})


def act_mark_done(world: World, count: int) -> int:
    key = key_in(many_lessons(world, count), "reading")
    return spent(browser_of(world.officer), f"/courses/LONG/lessons/{key}/done/", {})


def act_mark_the_last_done(world: World, count: int) -> int:
    long = many_lessons(world, count)
    enrolment = Enrolment.objects.get(course=long)
    factories.submitted(enrolment)
    *rest, last = Lesson.objects.filter(course=long, kind="reading").exclude(
        progress__enrolment=enrolment
    )
    LessonProgress.objects.bulk_create(
        LessonProgress(enrolment=enrolment, lesson=row, revision=long.current_revision)
        for row in rest
    )
    queries = spent(browser_of(world.officer), f"/courses/LONG/lessons/{last.key}/done/", {})
    assert factories.refreshed(enrolment).completed_at
    return queries


def act_start(world: World, count: int) -> int:
    course = factories.published_course(world.root, code="C", readings=0, questions=min(count, 100))
    enrolment = factories.enrolled(world.officer, course)
    outline_of(course.current_revision_id or 0)
    address = f"/attempts/start/C/{quiz_item(enrolment).key}/"
    return spent(browser_of(world.officer), address, {})


def saving(world: World, count: int) -> tuple[Client, str, dict[str, Any]]:
    attempt = attempt_of(world, min(count, 100))
    fields = {"q": 1, "client": uuid4().hex, "seq": 1, "q1": key_of(attempt, "b")}
    return browser_of(world.officer), f"/attempts/{attempt.pk}/save/", fields


def act_save(world: World, count: int) -> int:
    return spent(*saving(world, count))


def act_save_again(world: World, count: int) -> int:
    client, address, fields = saving(world, count)
    client.post(address, fields)
    return spent(client, address, fields)


def act_post_the_page(world: World, count: int) -> int:
    """Three questions of the page answered."""
    attempt = attempt_of(world, min(count, 100))
    fields = {}
    for position in (1, 2, 3):
        fields |= {f"was-q{position}": "x", f"q{position}": key_of(attempt, "b", position)}
    return spent(browser_of(world.officer), f"/attempts/{attempt.pk}/", fields)


def act_submit(world: World, count: int) -> int:
    attempt = factories.answered(attempt_of(world, min(count, 100)))
    queries = spent(browser_of(world.officer), f"/attempts/{attempt.pk}/finish/", {})
    assert Certificate.objects.exists()
    return queries


MEASURED_ACTS: dict[str, Callable[[World, int], int]] = {
    "enrol": act_enrol,
    "mark done": act_mark_done,
    "mark the last done": act_mark_the_last_done,
    "start": act_start,
    "save an answer": act_save,
    "save an answer again": act_save_again,
    "post the page": act_post_the_page,
    "submit, passing": act_submit,
}


@pytest.mark.parametrize("count", [10, MANY])
@pytest.mark.parametrize("act", ACTS)
def test_act(world: World, act: str, count: int) -> None:
    assert MEASURED_ACTS[act](world, count) == ACTS[act]


def test_the_deadline_costs_nothing_more(world: World) -> None:
    attempt = attempt_of(world, 10, time_limit=5)
    address = f"/attempts/{attempt.pk}/"
    before = spent(browser_of(world.officer), address)
    Attempt.objects.update(deadline_at=attempt.started_at + timedelta(minutes=4))
    assert spent(browser_of(world.officer), address) == before
