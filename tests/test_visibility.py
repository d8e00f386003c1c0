"""Who sees what, over random services: the list and the check say the same, and what they should.

What they should say is worked out here a second time, from the drawn plan alone, by walking from
unit to parent; nothing of it asks the database.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import models, transaction
from django.utils import timezone
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from certificates.models import Certificate
from courses.actions import cancel_enrolment
from courses.actions.texts import keep_draft
from courses.models import (
    Assignment,
    Course,
    CourseFile,
    Enrolment,
    Guide,
    GuideDraft,
    Status,
    Term,
    TextDraft,
)
from courses.outlines import forget_outlines
from lms.people.actions.imports import take_in_list
from lms.people.actions.jobs import start_job
from lms.people.actions.staff import ask_administrator
from lms.people.importing.reading import Table
from lms.people.models import (
    Job,
    Kind,
    Membership,
    Organisation,
    PersonRequest,
    Role,
    StaffImport,
    User,
)
from lms.people.rules import can_see
from lms.privacy.models import DataExport
from quizzes.models import Attempt, QuestionBank
from tests import factories
from tests.worlds import course_file

SEEN = (
    Organisation, User, Membership, Course, CourseFile, Enrolment, Attempt, Certificate,
    QuestionBank, Assignment, Job, TextDraft, GuideDraft, StaffImport, PersonRequest, Term,
)  # fmt: skip
OWN = (DataExport,)  # one's own whatever one's role: tests/privacy tries it
YESTERDAY, TODAY, TOMORROW = -1, 0, 1
Unit = tuple[int, int]  # service, number in the service; 0 is the root


@dataclass(frozen=True)
class Post:
    """A membership: days are counted from today."""

    role: str
    unit: int
    kind: str
    since: int
    until: int | None

    @property
    def is_current(self) -> bool:
        return self.since <= TODAY and (self.until is None or self.until >= TODAY)


@dataclass(frozen=True)
class Person:
    service: int
    posts: tuple[Post, ...]
    is_active: bool


@dataclass(frozen=True)
class Subject:
    """A course, and its bank."""

    service: int
    unit: int
    status: str


@dataclass(frozen=True)
class Study:
    person: int
    subject: int
    state: str


@dataclass(frozen=True)
class Desk:
    """What somebody has begun, whatever he may do today: a job, a draft of a text of the subject;
    about the unit an assignment, a staff list (all of it here, or not yet) and a request."""

    person: int
    subject: int
    unit: int
    is_whole: bool


@dataclass(frozen=True)
class Plan:
    parents: tuple[tuple[int, ...], ...]  # of each service, of each unit but the root
    people: tuple[Person, ...]
    subjects: tuple[Subject, ...]
    studies: tuple[Study, ...]
    desks: tuple[Desk, ...]


def posts(units: int) -> st.SearchStrategy[Post]:
    days = st.sampled_from([
        (-9, None), (-9, None), (-9, None), (TODAY, None), (-9, TODAY), (TODAY, TODAY),
        (-9, YESTERDAY), (TOMORROW, None), (TOMORROW, 9),
    ])  # fmt: skip
    return st.builds(
        lambda role, unit, kind, span: Post(role, unit, kind, *span),
        st.sampled_from([Role.OFFICER, Role.OFFICER, Role.COORDINATOR, *Role.values]),
        st.integers(0, units - 1), st.sampled_from(Kind.values), days,
    )  # fmt: skip


def one_open_post(drawn: list[Post]) -> bool:
    """What the database asks for."""
    own = [p for p in drawn if (p.role, p.kind, p.until) == (Role.OFFICER, Kind.POST, None)]
    return len(own) < 2


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    parents = tuple(
        tuple(draw(st.integers(0, number)) for number in range(draw(st.integers(1, 4))))
        for _service in range(2)
    )
    sizes = [len(above) + 1 for above in parents]
    people, subjects = [], []
    for service in (*(0, 0, 0, 0, 1, 1), *draw(st.lists(st.integers(0, 1), max_size=4))):
        drawn = draw(st.lists(posts(sizes[service]), min_size=1, max_size=3).filter(one_open_post))
        people.append(Person(service, tuple(drawn), draw(st.integers(0, 7)) > 0))
    for service in (0, 0, 1):
        unit = draw(st.integers(0, sizes[service] - 1))
        status = draw(st.sampled_from([Status.PUBLISHED, Status.PUBLISHED, *Status]))
        subjects.append(Subject(service, unit, status))
    pairs = [
        (number, subject)
        for number, person in enumerate(people)
        for subject in range(len(subjects))
        if subjects[subject].service == person.service
    ]
    chosen = draw(st.lists(st.sampled_from(pairs), min_size=3, max_size=6, unique=True))
    states = st.sampled_from(["enrolled", "started", "completed", "cancelled"])
    studies = tuple(Study(person, subject, draw(states)) for person, subject in chosen)
    desks = []
    for person, subject in draw(st.lists(st.sampled_from(pairs), max_size=5, unique=True)):
        unit = draw(st.integers(0, sizes[people[person].service] - 1))
        desks.append(Desk(person, subject, unit, draw(st.integers(0, 3)) > 0))
    return Plan(parents, tuple(people), tuple(subjects), studies, tuple(desks))


@dataclass
class Built:
    """The rows of a plan: of each kind its key in the plan → the primary key."""

    plan: Plan
    units: dict[Unit, Any] = field(default_factory=dict)
    people: dict[int, Any] = field(default_factory=dict)
    posts: dict[tuple[int, int], Any] = field(default_factory=dict)
    courses: dict[int, Any] = field(default_factory=dict)
    files: dict[int, Any] = field(default_factory=dict)
    banks: dict[int, Any] = field(default_factory=dict)
    enrolments: dict[int, Any] = field(default_factory=dict)
    attempts: dict[int, Any] = field(default_factory=dict)
    certificates: dict[int, Any] = field(default_factory=dict)
    assignments: dict[int, Any] = field(default_factory=dict)
    jobs: dict[int, Any] = field(default_factory=dict)
    drafts: dict[int, Any] = field(default_factory=dict)
    guides: dict[int, Any] = field(default_factory=dict)
    lists: dict[int, Any] = field(default_factory=dict)
    requests: dict[int, Any] = field(default_factory=dict)
    terms: dict[int, Any] = field(default_factory=dict)  # by the number of the service


def day(offset: int | None) -> date | None:
    return None if offset is None else timezone.localdate() + timedelta(offset)


def build(plan: Plan) -> Built:
    forget_outlines()  # ids come again after a rollback
    built = Built(plan)
    for service, above in enumerate(plan.parents):
        rows = [factories.service(country="UA" if service == 0 else "BY")]
        for parent in above:
            rows.append(factories.unit(rows[parent]))
        built.units |= {(service, number): row.pk for number, row in enumerate(rows)}
        built.terms[service] = factories.term(rows[0]).pk
    organisations = Organisation.objects.in_bulk()
    for number, person in enumerate(plan.people):
        root = organisations[built.units[person.service, 0]]
        user = factories.person(root, is_active=person.is_active)
        built.people[number] = user.pk
        for index, post in enumerate(person.posts):
            row = Membership.objects.create(
                user=user, organisation_id=built.units[person.service, post.unit], role=post.role,
                kind=post.kind, since=day(post.since), until=day(post.until),
            )  # fmt: skip
            built.posts[number, index] = row.pk
    for number, subject in enumerate(plan.subjects):
        build_course(built, number, organisations[built.units[subject.service, subject.unit]])
    for number, study in enumerate(plan.studies):
        build_study(built, number, study)
    for number, desk in enumerate(plan.desks):
        build_desk(built, number, desk)
    for number, subject in enumerate(plan.subjects):
        Course.objects.filter(pk=built.courses[number]).update(status=subject.status)
    return built


def build_course(built: Built, number: int, owner: Organisation) -> None:
    course = factories.published_course(owner, readings=0, questions=1)
    built.courses[number] = course.pk
    built.files[number] = course_file(course).pk
    built.banks[number] = QuestionBank.objects.get(owner=owner, quizzes__lesson__course=course).pk


def build_study(built: Built, number: int, study: Study) -> None:
    course = Course.objects.select_related("service").get(pk=built.courses[study.subject])
    officer = User.objects.select_related("service").get(pk=built.people[study.person])
    enrolment = factories.enrolled(officer, course)
    built.enrolments[number] = enrolment.pk
    if study.state == "started":
        built.attempts[number] = factories.started(enrolment).pk
    elif study.state == "completed":
        built.attempts[number] = factories.submitted(enrolment).pk
        built.certificates[number] = Certificate.objects.get(enrolment=enrolment).pk
    elif study.state == "cancelled":
        cancel_enrolment(enrolment=enrolment, actor=None, reason="SPECIMEN")


def build_desk(built: Built, number: int, desk: Desk) -> None:
    course = Course.objects.get(pk=built.courses[desk.subject])
    user = User.objects.select_related("service").get(pk=built.people[desk.person])
    service = built.plan.people[desk.person].service
    unit = Organisation.objects.get(pk=built.units[service, desk.unit])
    rule = Assignment.objects.create(course=course, organisation=unit, created_by=user)
    built.assignments[number] = rule.pk
    things = [(str(user.pk), "SPECIMEN")]
    job = start_job(kind="people.codes", actor=user, params={"count": 1}, things=things)
    built.jobs[number] = job.pk
    for lesson, drafts in ((course.lessons.get(), built.drafts), (Guide(course), built.guides)):
        draft = keep_draft(
            lesson=lesson, language="uk", title="Ґанок", body="<p>Ї</p>", base=None, actor=user
        )
        assert draft
        drafts[number] = draft.pk
    table = Table(["number"] if desk.is_whole else [], [(2, ["000001"])])
    sent = take_in_list(table=table, name="list.csv", unit=unit, actor=user)
    built.lists[number] = sent.pk
    ask_administrator(actor=user, unit=unit, data={"number": str(number)})
    built.requests[number] = PersonRequest.objects.get(data__number=str(number)).pk


class Oracle:
    """What a person of the plan should see, by the design's sentences."""

    def __init__(self, plan: Plan, number: int) -> None:
        self.plan, self.number, self.person = plan, number, plan.people[number]
        posts = [p for p in self.person.posts if p.is_current and self.person.is_active]
        is_administrator = any(p.role == Role.ADMINISTRATOR and p.unit == 0 for p in posts)
        self.administered = {0} if is_administrator else set()
        self.posted = {p.unit for p in posts if p.role == Role.OFFICER}
        self.trained = {p.unit for p in posts if p.role == Role.TRAINER} | self.administered
        self.coordinated = {p.unit for p in posts if p.role == Role.COORDINATOR}
        self.coordinated |= self.administered

    def way_up(self, unit: int) -> list[int]:
        """The unit, its parent, and so on to the root."""
        way = [unit]
        while way[-1]:
            way.append(self.plan.parents[self.person.service][way[-1] - 1])
        return way

    def inside(self, unit: int, heads: set[int]) -> bool:
        return not heads.isdisjoint(self.way_up(unit))

    def officer_in(self, number: int, heads: set[int]) -> bool:
        """Whether somebody of the service is posted or seconded today beneath one of the heads."""
        other = self.plan.people[number]
        return other.service == self.person.service and any(
            p.is_current and p.role == Role.OFFICER and self.inside(p.unit, heads)
            for p in other.posts
        )

    def sees_unit(self, unit: Unit) -> bool:
        service, number = unit
        own = self.posted | self.trained | self.coordinated
        return service == self.person.service and (
            self.inside(number, self.trained | self.coordinated)
            or any(number in self.way_up(other) for other in own)
        )

    def sees_person(self, number: int) -> bool:
        same = self.plan.people[number].service == self.person.service
        return (
            number == self.number
            or self.officer_in(number, self.trained | self.coordinated)
            or (same and bool(self.administered))
        )

    def sees_post(self, key: tuple[int, int]) -> bool:
        """One's own, past and to come; of officers coordinated, the current ones within reach."""
        number, index = key
        if number == self.number:
            return True
        other, post = self.plan.people[number], self.plan.people[number].posts[index]
        if other.service != self.person.service or not post.is_current:
            return False
        mine = post.role == Role.OFFICER and self.inside(post.unit, self.coordinated)
        return mine or bool(self.administered)

    def sees_course(self, number: int) -> bool:
        subject = self.plan.subjects[number]
        if subject.service != self.person.service:
            return False
        above = {step for unit in self.posted | self.coordinated for step in self.way_up(unit)}
        is_offered = subject.unit in above or self.inside(subject.unit, self.coordinated)
        return (
            (subject.status == Status.PUBLISHED and is_offered)
            or self.inside(subject.unit, self.trained)
            or any(s.person == self.number and s.subject == number for s in self.plan.studies)
        )

    def sees_bank(self, number: int) -> bool:
        subject = self.plan.subjects[number]
        return subject.service == self.person.service and self.inside(subject.unit, self.trained)

    def sees_study(self, number: int) -> bool:
        study = self.plan.studies[number]
        taught = self.sees_bank(study.subject) and self.officer_in(study.person, self.trained)
        return self.sees_certificate(number) or taught

    def sees_certificate(self, number: int) -> bool:
        study = self.plan.studies[number]
        return study.person == self.number or self.officer_in(study.person, self.coordinated)

    def sees_assignment(self, number: int) -> bool:
        desk = self.plan.desks[number]
        same = self.plan.people[desk.person].service == self.person.service
        return same and self.inside(desk.unit, self.coordinated)

    def sees_job(self, number: int) -> bool:
        return self.plan.desks[number].person == self.number

    def sees_draft(self, number: int) -> bool:
        """One's own, of a course that one still teaches."""
        return self.sees_job(number) and self.sees_bank(self.plan.desks[number].subject)

    def sees_term(self, service: int) -> bool:
        """The glossary is the service's, whoever one is there."""
        return self.person.service == service

    def sees_list(self, number: int) -> bool:
        return self.sees_job(number) and self.plan.desks[number].is_whole

    def sees_request(self, number: int) -> bool:
        """The administrator's alone; who asked is told the answer, not the request."""
        asking = self.plan.people[self.plan.desks[number].person]
        return asking.service == self.person.service and bool(self.administered)

    def expected(self, built: Built) -> dict[type[models.Model], set[Any]]:
        kinds: dict[type[models.Model], tuple[dict[Any, Any], Any]] = {
            Organisation: (built.units, self.sees_unit),
            User: (built.people, self.sees_person),
            Membership: (built.posts, self.sees_post),
            Course: (built.courses, self.sees_course),
            CourseFile: (built.files, self.sees_course),
            Enrolment: (built.enrolments, self.sees_study),
            Attempt: (built.attempts, self.sees_study),
            Certificate: (built.certificates, self.sees_certificate),
            QuestionBank: (built.banks, self.sees_bank),
            Assignment: (built.assignments, self.sees_assignment),
            Job: (built.jobs, self.sees_job),
            TextDraft: (built.drafts, self.sees_draft),
            GuideDraft: (built.guides, self.sees_draft),
            StaffImport: (built.lists, self.sees_list),
            PersonRequest: (built.requests, self.sees_request),
            Term: (built.terms, self.sees_term),
        }
        return {m: {rows[key] for key in rows if sees(key)} for m, (rows, sees) in kinds.items()}


def list_of(model: type[models.Model], user: User) -> list[Any]:
    manager: Any = model._default_manager
    return [row.pk for row in manager.visible_to(user)]


@pytest.mark.production
@pytest.mark.django_db
@settings(
    max_examples=20,
    phases=[Phase.explicit, Phase.generate],  # plans are small; to shrink one takes minutes
)  # fmt: skip
@given(plan=plans())
def test_list_and_check_agree_and_are_right(plan):
    with transaction.atomic():
        built = build(plan)
        everything = {model: list(model._default_manager.all()) for model in SEEN}
        for number, pk in built.people.items():
            user = User.objects.select_related("service").get(pk=pk)
            expected = Oracle(plan, number).expected(built)
            for model in SEEN:
                listed = list_of(model, user)
                assert len(listed) == len(set(listed)), f"{model.__name__} twice"
                assert set(listed) == expected[model], (model.__name__, plan.people[number])
                checked = {row.pk for row in everything[model] if can_see(user, row)}
                assert checked == set(listed), model.__name__
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_an_operator_sees_nothing_but_himself_outside_of_the_admin():
    person = Person(0, (Post(Role.OFFICER, 0, Kind.POST, TODAY, None),), is_active=True)
    subject = Subject(0, 0, Status.PUBLISHED)
    study, desk = Study(0, 0, "completed"), Desk(0, 0, 0, is_whole=True)
    build(Plan(((), ()), (person,), (subject,), (study,), (desk,)))
    operator = factories.operator()
    assert {model: list_of(model, operator) for model in SEEN} == {
        model: [operator.pk] if model is User else [] for model in SEEN
    }


def test_every_model_that_people_reach_is_in_this_test():
    answering = {m for m in apps.get_models() if hasattr(m._default_manager, "visible_to")}
    assert answering == {*SEEN, *OWN}
