"""People and courses for tests, with the hard letters; states are reached by actions."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from django.utils import timezone
from i18nfield.strings import LazyI18nString

from courses.actions import enrol, mark_done, publish_course
from courses.glossary import write_words
from courses.models import Course, Enrolment, GuideText, Lesson, LessonText, Module, Term
from courses.outlines import outline_of
from lms.people.actions import grant_role
from lms.people.models import Organisation, Role, User
from quizzes.actions import save_response, start_attempt, submit_attempt
from quizzes.models import Attempt, Question, QuestionBank, QuestionVersion, Quiz, Slot
from quizzes.types import registry

LANGUAGES = ["uk", "be", "ru", "en"]
_numbers: Iterator[int] = count(1)
_LETTERS = "bcdfghjklmnpqrstvwxz"


def mark() -> str:
    """Four letters, never the same again. They sort as they were made, and no test finds in them
    the figure or the word that it looks for, however many tests ran before it."""
    number = next(_numbers)
    return "".join(_LETTERS[number // 20**place % 20] for place in (3, 2, 1, 0))


def texts(text: str) -> dict[str, str]:
    """The text in four languages that can be told apart."""
    return {code: f"{text} ({code})" for code in LANGUAGES}


def service(code: str = "", country: str = "UA", **fields: Any) -> Organisation:
    """A root of its own."""
    code = code or f"S{mark().upper()}"
    return Organisation.objects.add_root(
        {
            "code": code,
            "country": country,
            "level": "service",
            "name": texts(f"Служба {code}"),
        }
        | fields
    )


def unit(parent: Organisation, code: str = "", **fields: Any) -> Organisation:
    parent = Organisation.objects.get(pk=parent.pk)
    code = code or f"{parent.code}-{mark().upper()}"
    return Organisation.objects.add_child(
        parent,
        {
            "code": code,
            "country": parent.country,
            "time_zone": parent.time_zone,
            "name": texts(f"Підрозділ {code}"),
        }
        | fields,
    )


def person(root: Organisation, **fields: Any) -> User:
    """Somebody of the service, past the first sign-in, who signs in by `force_login` only."""
    number = next(_numbers)
    now = timezone.now()
    fields = {
        "login": f"{root.code}-{number:06}",
        "given_name": "Мар’яна",
        "family_name": "Ґалаґан",
        "service": root,
        "language": "uk",
        "password": "!",
        "name_confirmed_at": now,
        "privacy_read_at": now,
        "given_name_latin": "Mariana",
        "family_name_latin": "Galagan",
    } | fields
    return User.objects.create(**fields)


def with_role(role: str, at: Organisation, **fields: Any) -> User:
    root = Organisation.objects.get(path=at.service_path)
    user = person(root, **fields)
    grant_role(user=user, organisation=at, role=role, actor=None)
    return User.objects.select_related("service").get(pk=user.pk)


def officer(at: Organisation, **fields: Any) -> User:
    return with_role(Role.OFFICER, at, **fields)


def trainer(at: Organisation, **fields: Any) -> User:
    return with_role(Role.TRAINER, at, **fields)


def coordinator(at: Organisation, **fields: Any) -> User:
    return with_role(Role.COORDINATOR, at, **fields)


def administrator(root: Organisation, **fields: Any) -> User:
    return with_role(Role.ADMINISTRATOR, root, **fields)


def operator(**fields: Any) -> User:
    return User.objects.create_superuser(login=f"operator-{mark()}", **fields)


def single_choice(text: str = "Скільки знаків у рядку TD3?") -> dict[str, Any]:
    return {
        "text": texts(text),
        "explanation": texts("Пояснення"),
        "choices": [
            {"id": "a", "right": True, "text": texts("44")},
            {"id": "b", "text": texts("36")},
            {"id": "c", "text": texts("30")},
        ],
    }


def question(
    bank: QuestionBank,
    body: dict[str, Any] | None = None,
    *,
    type: str = "single",  # noqa: A002
    **fields: Any,
) -> Question:
    """A question with one ready version."""
    name = mark()
    row = Question.objects.create(bank=bank, key=f"q-{name}", type=type, **fields)
    QuestionVersion.objects.create(
        question=row,
        number=1,
        state=QuestionVersion.State.READY,
        body=body or single_choice(f"Запитання {name}"),
    )
    return row


def bank(owner: Organisation, questions: int = 0) -> QuestionBank:
    row = QuestionBank.objects.create(
        owner=owner, key=f"bank-{mark()}", title=texts("Банк запитань")
    )
    for _ in range(questions):
        question(row)
    return row


def lesson(module: Module, *, kind: str = "reading", key: str = "", **fields: Any) -> Lesson:
    key = key or f"lesson-{mark()}"
    fields.setdefault("minutes", 10)
    row = Lesson.objects.create(
        course=module.course,
        module=module,
        key=key,
        kind=kind,
        position=next(_numbers),
        title=texts(f"Урок {key}"),
        **fields,
    )
    if kind == "reading":
        for code in module.course.languages:
            text(row, code)
    return row


def text(lesson: Lesson, language: str, body: str = "", **fields: Any) -> LessonText:
    """The next version of the lesson's text in a language."""
    latest = LessonText.objects.filter(lesson=lesson, language=language).count()
    body = body or f"Текст уроку {lesson.key} мовою {language}"
    return LessonText.objects.create(
        lesson=lesson,
        language=language,
        version=latest + 1,
        title=f"Урок {lesson.key} ({language})",
        body=body,
        html=f"<p>{body}</p>",
        format=LessonText.Format.HTML,
        **fields,
    )


def guide(course: Course, language: str = "uk", html: str = "", **fields: Any) -> GuideText:
    """The next version of the course's trainer's guide in a language."""
    latest = course.guide_texts.filter(language=language).count()
    html = html or f"<h2>Мета</h2><p>Як вести {course.code} мовою {language}</p>"
    return GuideText.objects.create(
        course=course,
        language=language,
        version=latest + 1,
        title=f"Посібник {course.code} ({language})",
        body=html,
        html=html,
        format=GuideText.Format.HTML,
        **fields,
    )


def quiz(lesson: Lesson, *, questions: int = 3, fixed: bool = True, **settings: Any) -> Quiz:
    """The quiz of a lesson over a bank of its own: fixed questions, or as many drawn from twice."""
    rows = bank(lesson.course.owner, questions if fixed else questions * 2)
    settings = {"pass_mark": Decimal(70), "attempts": 3} | settings
    row = Quiz.objects.create(lesson=lesson, bank=rows, **settings)
    if fixed:
        for position, one in enumerate(rows.questions.order_by("pk"), 1):
            Slot.objects.create(quiz=row, position=position, question=one)
    else:
        Slot.objects.create(quiz=row, position=1, count=questions)
    return row


def draft_course(owner: Organisation, *, code: str = "", **fields: Any) -> Course:
    """A course with nothing in it."""
    code = code or f"C-{mark().upper()}"
    root = Organisation.objects.get(path=owner.service_path)
    fields = {
        "title": texts(f"Перевірка документів {code}"),
        "summary": texts("Коротко про курс"),
        "outcomes": [texts("Читати зону")],
        "is_open": True,
        "validity_months": 24,
    } | fields
    return Course.objects.create(service=root, owner=owner, code=code, **fields)


def term(service: Organisation, key: str = "check-digit", **fields: Any) -> Term:
    """A term of the glossary of a service."""
    fields = {"term": texts(f"Цифра {key}"), "definition": texts("Обчислена цифра")} | fields
    said = {name: LazyI18nString(getattr(value, "data", value)) for name, value in fields.items()}
    row = Term.objects.create(service=service, key=key, **said)
    write_words([row])
    return row


def module(course: Course, **fields: Any) -> Module:
    name = mark()
    fields = {"title": texts(f"Модуль {name}"), "position": next(_numbers)} | fields
    return Module.objects.create(course=course, key=f"m-{name}", **fields)


def published_course(
    owner: Organisation,
    *,
    readings: int = 2,
    questions: int = 3,
    quiz_settings: Any = None,
    **fields: Any,
) -> Course:
    """A published course of one module: reading lessons, then a quiz if it has questions."""
    course = draft_course(owner, **fields)
    part = module(course)
    for _ in range(readings):
        lesson(part)
    if questions:
        quiz(lesson(part, kind="quiz"), questions=questions, **(quiz_settings or {}))
    publish_course(course=course, actor=None)
    return Course.objects.select_related("service", "owner").get(pk=course.pk)


def enrolled(
    officer: User, course: Course, *, due_on: date | None = None, **fields: Any
) -> Enrolment:
    row = enrol(officer=officer, course=course, actor=None, due_on=due_on, **fields)
    return Enrolment.objects.select_related("course", "officer__service").get(pk=row.pk)


def refreshed(enrolment: Enrolment) -> Enrolment:
    return Enrolment.objects.select_related("course", "officer__service").get(pk=enrolment.pk)


def read_all(enrolment: Enrolment, *, now: datetime | None = None) -> Enrolment:
    """Mark every reading lesson done."""
    revision = enrolment.course.current_revision_id
    assert revision is not None
    for item in outline_of(revision).lessons:
        if item.kind == "reading":
            mark_done(enrolment=enrolment, lesson=item.id, revision=revision, now=now)
    return refreshed(enrolment)


def started(enrolment: Enrolment, *, key: str = "", now: datetime | None = None) -> Attempt:
    """An open attempt at the (first, or named) quiz of the course."""
    revision = enrolment.course.current_revision_id
    assert revision is not None
    items = [i for i in outline_of(revision).lessons if i.kind == "quiz" and key in {"", i.key}]
    return start_attempt(enrolment=enrolment, item=items[0], revision=revision, now=now)


def answered(attempt: Attempt, *, right: int | None = None, now: datetime | None = None) -> Attempt:
    """Answer the first `right` questions rightly (all by default), leave the others out."""
    items = list(attempt.items.select_related("version__question").order_by("position"))
    for item in items[:right]:
        question_type = registry.get(item.version.question.type)
        assert question_type is not None
        body = question_type.parse(item.version.body)
        save_response(
            attempt=attempt,
            item=item,
            client="factory",
            seq=1,
            language="uk",
            now=now,
            data=question_type.right_response(body),
        )
    return attempt


def submitted(
    enrolment: Enrolment, *, right: int | None = None, key: str = "", now: datetime | None = None
) -> Attempt:
    """An attempt from its start to its result."""
    attempt = answered(started(enrolment, key=key, now=now), right=right, now=now)
    return submit_attempt(attempt=attempt, now=now)


def completed(enrolment: Enrolment, *, now: datetime | None = None) -> Enrolment:
    """Take the enrolment to the end by the actions that a person would cause."""
    read_all(enrolment, now=now)
    revision = enrolment.course.current_revision_id
    assert revision is not None
    for item in outline_of(revision).lessons:
        if item.kind == "quiz":
            submitted(enrolment, key=item.key, now=now)
    return refreshed(enrolment)
