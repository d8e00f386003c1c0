"""A person erased: the name is nowhere but where a list says why; papers, log and results stay."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import SESSION_KEY
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import IntegrityError, models, transaction
from django.test import Client
from django.utils import timezone
from i18nfield.strings import LazyI18nString

from certificates.actions import reissue_certificate
from certificates.models import Certificate
from certificates.tasks import finish_certificate
from courses.actions import publish_course
from courses.actions.assignments import label_of
from courses.actions.calendar import open_feed
from courses.actions.kinds import set_ticks
from courses.actions.reminders import ask_reminder
from courses.actions.texts import keep_draft
from courses.models import CalendarFeed, Course, Digest, Guide, PracticalItem
from lms.audit.actions import address, record
from lms.audit.models import AuditEntry
from lms.people.actions.imports import bring_list_in, settle_columns, take_in_list
from lms.people.actions.jobs import start_job
from lms.people.actions.posts import NotThere, bring_back
from lms.people.actions.staff import add_person, ask_administrator, edit_person
from lms.people.importing.reading import Table
from lms.people.job_work import work_on
from lms.people.models import JobItem, PersonRequest, StaffImport, User
from lms.privacy.actions.erasure import STAYS, StillOpen, erase_person
from lms.privacy.actions.exports import ask_for_data
from lms.privacy.models import DataExport
from lms.privacy.parts import PARTS
from lms.privacy.tasks import pack_data
from quizzes.actions import grant_attempt, submit_attempt
from quizzes.models import Attempt, ResponseSave
from tests import factories, marks
from tests.privacy.conftest import Place, browser
from tests.quizzes.types.samples import BODIES
from tests.worlds import certificate_of

pytestmark = pytest.mark.django_db
MARK = "qzxmarker"
NUMBER, EMAIL = f"{MARK}7", f"{MARK}@example.org"
# What finds the rows of a person has his number or address in it, and stays as it was made.
AS_MADE = {
    "people.User.login", "people.User.email", "people.ImportRow.cells", "people.PersonRequest.data",
}  # fmt: skip


# A person with a row wherever there can be one --------------------------------------------------


def everything_of(place: Place) -> User:
    since = timezone.localdate() - timedelta(days=30)
    user = add_person(
        actor=place.administrator, unit=place.post, since=since, number=NUMBER,
        email=EMAIL, family_name=f"Ґ{MARK}", given_name=f"Є{MARK}",
    )  # fmt: skip
    study(user, place)
    say_of(user, place)
    lead_to(user, place)
    return place.leave(user)


def study(user: User, place: Place) -> None:
    """A certificate corrected; a course with questions of every type, failed and granted anew."""
    first = certificate_of(user, factories.published_course(place.root, questions=1))
    reissue_certificate(
        certificate=first, name_native=MARK, name_latin=MARK, reason=MARK, actor=None,
        now=timezone.now(),
    )  # fmt: skip
    course = factories.draft_course(place.root)
    part = factories.module(course)
    quiz = factories.quiz(factories.lesson(part, kind="quiz"), questions=0, attempts=1)
    for position, (kind, body) in enumerate(BODIES.items(), 1):
        question = factories.question(quiz.bank, body, type=kind)
        quiz.slots.create(position=position, question=question)
    practical = factories.lesson(part, kind="practical")
    PracticalItem.objects.create(
        lesson=practical, key="lamp", text=factories.texts("Лампа"), position=1
    )
    publish_course(course=course, actor=None)
    enrolment = factories.enrolled(user, Course.objects.get(pk=course.pk))
    attempt = factories.answered(factories.started(enrolment))
    for item in attempt.items.all():
        ResponseSave.objects.create(item=item, client="b", seq=1, language="uk", data={"text": "b"})
    submit_attempt(attempt=attempt)
    grant_attempt(enrolment=enrolment, lesson=quiz.lesson, reason=MARK, actor=place.administrator)
    set_ticks(
        enrolment=enrolment, lesson_id=practical.pk, ticks={"lamp": MARK}, actor=place.administrator
    )
    other = factories.enrolled(user, factories.published_course(place.root))
    ask_reminder(enrolment=other, actor=place.coordinator)


def say_of(user: User, place: Place) -> None:
    """Lists, requests, jobs and the operator's log."""
    table = Table(
        ["number", "family name", "given name", "unit"],
        [(2, [NUMBER, MARK, MARK, ""]), (3, [NUMBER, MARK, MARK, "no such unit"])],
    )
    for row in table.rows:
        sent = take_in_list(
            table=Table(table.headers, [row]), name="list.csv", unit=place.root,
            actor=place.administrator,
        )  # fmt: skip
        columns = {"number": 0, "family_name": 1, "given_name": 2, "unit": 3}
        settle_columns(staff_import=sent, columns=columns)
        bring_list_in(staff_import=StaffImport.objects.get(pk=sent.pk))
    data = {"number": NUMBER, "family_name": MARK, "note": MARK}
    ask_administrator(actor=place.coordinator, unit=place.post, data=data)
    job = start_job(
        kind="people.codes", actor=place.coordinator, params={"count": 1}, things=[label_of(user)]
    )
    work_on(job.pk)
    LogEntry.objects.create(
        user=factories.operator(), action_flag=CHANGE, object_id=user.pk, object_repr=MARK,
        content_type=ContentType.objects.get_for_model(User), change_message=MARK,
    )  # fmt: skip


def lead_to(user: User, place: Place) -> None:
    """Ways in, and what the person did."""
    lesson = factories.lesson(factories.module(factories.draft_course(place.root)))
    for one in (lesson, Guide(lesson.course)):
        keep_draft(lesson=one, language="uk", title=MARK, body=MARK, base=None, actor=user)
    EmailAddress.objects.create(user=user, email=f"second-{EMAIL}")
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": MARK})
    UserSession.objects.create(
        user=user, session_key="k" * 32, ip="192.0.2.7", user_agent=MARK, data={}
    )
    open_feed(user=user)
    Digest.objects.create(user=user, day=timezone.localdate())
    Client().force_login(user)
    edit_person(person=user, actor=place.administrator, patronymic=MARK)
    token = address.set("192.0.2.7")
    record("text.saved", actor=user, thing=lesson)
    address.reset(token)
    pack_data(str(ask_for_data(user=user).pk))


def plant(user: User) -> None:
    """Put the marker into every text column of every row that is the person's or about him."""
    for part in PARTS:
        keys = list(part.rows(user).values_list("pk", flat=True))
        assert keys, part.name
        for model, column in marks.columns():
            if model is part.model and is_of_person(part, column):
                for row in model._default_manager.filter(pk__in=keys):
                    new = planted(column, row, getattr(row, column.name))
                    model._default_manager.filter(pk=row.pk).update(**{column.name: new})


def is_of_person(part: Any, column: Any) -> bool:
    """Of what he did only his own name: the rest is about others."""
    if part.name == "actions":
        return bool(column.name == "actor_name")
    of_another = {"actor_name"} if part.model is AuditEntry else set()
    return marks.name_of(part.model, column) not in AS_MADE and column.name not in of_another


def planted(column: Any, row: Any, value: Any) -> Any:
    if isinstance(value, LazyI18nString):
        return LazyI18nString({"uk": MARK})
    if isinstance(column, models.JSONField):
        return [*value, MARK] if isinstance(value, list) else {**(value or {}), "note": MARK}
    if column.name == "revoked_reason" and row.revoked_at is None:
        return value
    if column.name == "thing_name" and row.thing_type not in {"people.user", "courses.enrolment"}:
        return value  # a key, a serial number or a day: never a name
    if column.name == "key":
        return f"{MARK}{row.pk}"
    if isinstance(column, models.EmailField):
        return f"{row.pk}-{EMAIL}"
    return f"{MARK}{value}"[: column.max_length]


def found() -> set[str]:
    """Every text column of the database in which the marker is."""
    columns = set()
    for model in apps.get_models():
        for column in model._meta.concrete_fields:
            if isinstance(column, marks.TEXT):
                values = model._base_manager.values_list(column.name, flat=True)
                if any(MARK in str(getattr(value, "data", value)) for value in values):
                    columns.add(marks.name_of(model, column))
    return columns


@pytest.fixture
def gone(place) -> User:
    return everything_of(place)


# What goes, and what stays -----------------------------------------------------------------------


def test_the_name_is_only_where_the_list_says_why(place, gone):
    plant(gone)
    before = found()
    assert before >= STAYS.keys() | {
        "admin.LogEntry.object_repr", "audit.AuditEntry.actor_name", "audit.AuditEntry.after",
        "audit.AuditEntry.thing_name", "people.ImportRow.cells", "people.JobItem.label",
        "people.JobItem.result", "people.PersonRequest.data", "people.User.search_key",
        "courses.GuideDraft.body", "courses.TextDraft.body", "account.EmailAddress.email",
        "quizzes.ResponseSave.client", "usersessions.UserSession.user_agent",
    }  # fmt: skip

    erase_person(user=gone, reason="закон", actor=place.administrator)

    assert found() == STAYS.keys()


def test_the_audit_log_keeps_each_entry_under_the_number(place, gone):
    before = AuditEntry.objects.count()
    verbs = list(AuditEntry.objects.order_by("pk").values_list("pk", "verb", "time"))

    erased = erase_person(user=gone, reason="закон", actor=place.administrator)

    assert list(AuditEntry.objects.order_by("pk").values_list("pk", "verb", "time"))[:before] == (
        verbs
    )
    (entry,) = AuditEntry.objects.filter(verb="person.erased")
    assert (entry.actor, entry.thing_name) == (place.administrator, erased.login)
    assert entry.after == {"reason": "закон"}
    deed = AuditEntry.objects.get(verb="text.saved")
    assert (deed.actor, deed.actor_name, deed.address) == (gone, erased.login, None)
    assert AuditEntry.objects.get(verb="person.discharged").after["from"]
    enrolled = AuditEntry.objects.filter(verb="enrolment.created").first()
    assert enrolled.thing_name.startswith(f"{erased.login} · C-")
    page = browser(place.administrator).get("/audit/?size=100").text
    assert erased.login in page
    assert MARK not in page


def test_certificates_go_on_saying_what_they_say(client, place, gone):
    certificate = Certificate.objects.get(edition=2)
    finish_certificate(str(certificate.pk))
    erase_person(user=gone, reason="закон", actor=None)
    page = client.get(certificate.get_absolute_url()).text
    assert certificate.name_native in page
    assert default_storage.exists(certificate.files.get().file.name)


def test_results_stay_and_what_was_typed_goes(place, gone):
    attempt = Attempt.objects.get(lesson__course__enrolments__attempt_grants__isnull=False)
    fractions = list(attempt.items.values_list("fraction", flat=True))
    others = ResponseSave.objects.exclude(item__attempt=attempt).count()
    erase_person(user=gone, reason="закон", actor=None)
    after = Attempt.objects.get(pk=attempt.pk)
    assert (after.mark, after.passed) == (attempt.mark, attempt.passed)
    assert list(after.items.values_list("fraction", flat=True)) == fractions
    kept = {
        item.version.question.type: item.response
        for item in after.items.select_related("version__question", "current")
    }
    assert kept["numeric"] == kept["shorttext"] == {}
    assert ResponseSave.objects.exclude(item__attempt=attempt).count() == others
    saves = ResponseSave.objects.filter(item__attempt=attempt)
    assert saves.count() == len(kept)


def test_no_way_in_is_left(client, place, gone):
    export = DataExport.objects.get(user=gone)
    feed = CalendarFeed.objects.get(user=gone)
    assert default_storage.exists(export.file.name)
    erased = erase_person(user=gone, reason="закон", actor=None)
    assert not default_storage.exists(export.file.name)
    assert not erased.has_usable_password()
    assert client.get(f"/calendar/{feed.secret}.ics").status_code == 404
    keys = {session.get_decoded().get(SESSION_KEY) for session in Session.objects.all()}
    assert str(gone.pk) not in keys
    assert User.objects.named(MARK).count() == 0


def test_sessions_go_with_the_person_and_no_others(place, gone):
    """Without reading every session of the service: a list says whose each is."""
    browser(place.officer)
    (kept,) = UserSession.objects.filter(user=place.officer)
    keys = set(UserSession.objects.filter(user=gone).values_list("session_key", flat=True))
    assert Session.objects.filter(pk__in=keys).exists()
    erase_person(user=gone, reason="закон", actor=None)
    assert not Session.objects.filter(pk__in=keys).exists()
    assert not UserSession.objects.filter(user=gone).exists()
    assert Session.objects.filter(pk=kept.session_key).exists()


def test_of_others_nothing_goes(place, gone):
    """The same rows of a namesake stay: of one discharged, and of one who serves."""
    other = factories.officer(
        place.post, family_name=gone.family_name, given_name=gone.given_name, email="o@example.org"
    )
    certificate_of(other, factories.published_course(place.root))
    ask_administrator(actor=place.coordinator, unit=place.post, data={"number": "77"})
    start_job(
        kind="people.codes", actor=place.coordinator, params={"count": 1}, things=[label_of(other)]
    )
    erase_person(user=gone, reason="закон", actor=None)
    after = User.objects.get(pk=other.pk)
    assert (after.full_name, after.email, after.erased_at) == (
        f"{gone.family_name} {gone.given_name}", "o@example.org", None,
    )  # fmt: skip
    assert JobItem.objects.filter(label__contains=other.family_name).count() == 1
    assert PersonRequest.objects.count() == 1
    assert AuditEntry.objects.filter(thing_name__startswith=after.full_name).exists()


def test_a_second_time_changes_nothing(place, gone):
    first = erase_person(user=gone, reason="закон", actor=None)
    again = erase_person(user=gone, reason="закон", actor=None)
    assert again.erased_at == first.erased_at
    assert AuditEntry.objects.filter(verb="person.erased").count() == 1


def test_what_fails_leaves_everything_as_it_was(place, gone, monkeypatch):
    before = AuditEntry.objects.count()
    monkeypatch.setattr("lms.privacy.actions.erasure._forget_name", lambda user: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        erase_person(user=gone, reason="закон", actor=None)
    assert AuditEntry.objects.count() == before
    assert User.objects.named(MARK).count() == 1
    assert PersonRequest.objects.exists()


def test_the_database_keeps_a_name_from_coming_back(place, gone):
    erase_person(user=gone, reason="закон", actor=None)
    for change in ({"given_name": "Остап"}, {"email": "x@example.org"}, {"is_active": True}):
        with pytest.raises(IntegrityError, match="erased_without_a_name"), transaction.atomic():
            User.objects.filter(pk=gone.pk).update(**change)
    with pytest.raises(NotThere):
        bring_back(user=gone, unit=place.post, since=timezone.localdate(), actor=None)


def test_the_number_is_free_for_a_new_account(place, gone):
    erase_person(user=gone, reason="закон", actor=None)
    again = add_person(
        actor=place.administrator, unit=place.post, since=timezone.localdate(), number=NUMBER,
        family_name="Нова", given_name="Особа",
    )  # fmt: skip
    assert again.pk != gone.pk
    assert not again.enrolments.exists()


# Who does it, and how ----------------------------------------------------------------------------


def test_the_administrator_reads_what_goes_and_confirms(place):
    gone = place.leave(place.officer)
    client = browser(place.administrator)
    address_of = f"/staff/{gone.pk}/erasure/"
    assert address_of in client.get(f"/staff/{gone.pk}/").text
    page = client.get(address_of).text
    assert "What goes" in page
    assert "What stays" in page

    for data in ({}, {"reason": "law"}, {"is_meant": "on"}):
        assert client.post(address_of, data).status_code == 200
        assert User.objects.get(pk=gone.pk).erased_at is None
    assert client.post(address_of, {"reason": "law", "is_meant": "on"}).status_code == 302

    erased = User.objects.get(pk=gone.pk)
    assert erased.erased_at
    page = client.get(f"/staff/{gone.pk}/").text
    assert erased.login in page
    assert address_of not in page
    assert "Take back" not in page
    assert client.get(address_of).status_code == 302
    assert client.post(f"/staff/{gone.pk}/return/", {}).status_code == 302
    assert User.objects.get(pk=gone.pk).is_active is False


def test_an_open_account_is_not_erased(place):
    with pytest.raises(StillOpen):
        erase_person(user=place.officer, reason="law", actor=place.administrator)
    client = browser(place.administrator)
    assert "/erasure/" not in client.get(f"/staff/{place.officer.pk}/").text
    data = {"reason": "law", "is_meant": "on"}
    client.post(f"/staff/{place.officer.pk}/erasure/", data)
    assert User.objects.get(pk=place.officer.pk).erased_at is None


def test_nobody_else_erases(place):
    gone = place.leave(place.officer)
    elsewhere = factories.administrator(factories.service("BY", country="BY"))
    data = {"reason": "law", "is_meant": "on"}
    for who in (place.coordinator, elsewhere, factories.operator()):
        assert browser(who).post(f"/staff/{gone.pk}/erasure/", data).status_code == 404
    assert User.objects.get(pk=gone.pk).erased_at is None


def test_the_operator_erases_by_command(place):
    gone = place.leave(place.officer)
    with pytest.raises(CommandError, match="open account"):
        call_command("erase_person", place.coordinator.login, reason="law")
    with pytest.raises(CommandError, match="no login"):
        call_command("erase_person", "nobody", reason="law")
    out = StringIO()
    call_command("erase_person", gone.login.upper(), reason="law", stdout=out)
    assert User.objects.get(pk=gone.pk).login in out.getvalue()
