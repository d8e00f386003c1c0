"""The sweep: what is over goes, what is not stays; it can run twice and stops in time."""

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from certificates.models import Certificate
from courses.actions.calendar import open_feed, revoke_feed
from courses.actions.reminders import ask_reminder
from courses.actions.study import cancel_enrolment
from courses.actions.texts import keep_draft
from courses.models import CalendarFeed, Digest, Guide, GuideDraft, Reminder, TextDraft
from lms.audit.actions import address, record
from lms.audit.models import AuditEntry
from lms.people.actions.imports import settle_columns, take_in_list
from lms.people.actions.jobs import start_job
from lms.people.actions.staff import ask_administrator, settle_request
from lms.people.importing.reading import Table
from lms.people.job_work import work_on
from lms.people.models import ImportRow, Job, JobItem, PersonRequest, StaffImport, User
from lms.people.sweeps import sweep_staff_lists
from lms.privacy import retention
from lms.privacy.models import DataExport
from lms.privacy.sweeps import sweep_retention
from quizzes.actions import save_response, submit_attempt
from quizzes.models import AttemptItem, ResponseSave
from tests import factories

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def later(kind: str, days: int = 1):
    """So many days after the period of a kind, counted from now."""
    return time_machine.travel(timezone.now() + (settings.KEEP_DAYS[kind] + days) * DAY, tick=False)


def test_addresses_go_and_entries_stay(place):
    token = address.set("192.0.2.7")
    entry = record("session.started", actor=place.officer, thing=place.officer)
    address.reset(token)

    with later("addresses", -1):
        sweep_retention()
    assert AuditEntry.objects.get(pk=entry.pk).address == "192.0.2.7"

    with later("addresses"):
        sweep_retention()
        sweep_retention()
    after = AuditEntry.objects.get(pk=entry.pk)
    assert after.address is None
    assert after.actor_name == str(place.officer)


def test_answers_replaced_go_and_the_last_stays(place):
    course = factories.published_course(place.root, readings=0, questions=2)
    enrolment = factories.enrolled(place.officer, course)
    attempt = factories.started(enrolment)
    item = attempt.items.order_by("position")[0]
    for seq, choice in enumerate("bca", 1):
        save_response(
            attempt=attempt, item=item, client="tab", seq=seq, language="uk", now=None,
            data={"choice": choice},
        )  # fmt: skip
    with later("answers"):
        sweep_retention()
    assert ResponseSave.objects.filter(item=item).count() == 3  # the test is open

    done = factories.submitted(factories.enrolled(factories.officer(place.post), course), right=2)
    from_done = set(ResponseSave.objects.filter(item__attempt=done))
    mark = submit_attempt(attempt=attempt).mark
    with later("answers"):
        sweep_retention()
    assert [save.data for save in ResponseSave.objects.filter(item=item)] == [{"choice": "a"}]
    assert AttemptItem.objects.get(pk=item.pk).response == {"choice": "a"}
    assert type(attempt).objects.get(pk=attempt.pk).mark == mark
    assert set(ResponseSave.objects.filter(item__attempt=done)) == from_done


def test_staff_lists_go_row_by_row(place):
    table = Table(["number", "family name", "given name"], [(2, ["5", "Ґалаґан", "Остап"])])
    sent = take_in_list(table=table, name="list.csv", unit=place.post, actor=place.coordinator)
    settle_columns(staff_import=sent, columns={"number": 0, "family_name": 1, "given_name": 2})

    with later("staff_lists", -1):
        sweep_retention()
        sweep_staff_lists()
    assert StaffImport.objects.visible_to(place.coordinator).exists()

    with later("staff_lists"):
        sweep_retention()
        assert not StaffImport.objects.visible_to(place.coordinator).exists()
        sweep_staff_lists()
    assert not StaffImport.objects.exists()
    assert not ImportRow.objects.exists()


def test_requests_go_once_they_were_settled(place):
    for number in ("5", "6"):
        ask_administrator(actor=place.coordinator, unit=place.post, data={"number": number})
    open_, settled = PersonRequest.objects.order_by("pk")
    settle_request(request=settled, actor=place.administrator)
    with later("requests"):
        sweep_retention()
    assert list(PersonRequest.objects.all()) == [open_]


def test_jobs_go_once_they_are_done(place):
    def start() -> Job:
        things = [(str(place.officer.pk), "Ґалаґан")]
        return start_job(
            kind="people.codes", actor=place.coordinator, params={"count": 1}, things=things
        )

    done, waiting = start(), start()
    work_on(done.pk)
    with later("jobs"):
        sweep_retention()
    assert list(Job.objects.all()) == [waiting]
    assert JobItem.objects.count() == 1


def test_reminders_of_a_live_course_stay(place):
    course, other = (factories.published_course(place.root) for _ in range(2))
    live, over = (factories.enrolled(place.officer, one) for one in (course, other))
    for enrolment in (live, over):
        ask_reminder(enrolment=enrolment, actor=place.coordinator)
    old = Digest.objects.create(user=place.officer, day=timezone.localdate())
    cancel_enrolment(enrolment=over, actor=place.coordinator, reason="so")
    with later("reminders"):
        sweep_retention()
    assert [row.enrolment_id for row in Reminder.objects.all()] == [live.pk]
    assert not Digest.objects.filter(pk=old.pk).exists()


def test_what_was_left_lying_goes(place):
    trainer = factories.trainer(place.root)
    course = factories.published_course(place.root)
    for lesson in (course.lessons.filter(kind="reading")[0], Guide(course)):
        keep_draft(
            lesson=lesson, language="uk", title="Ґ", body="<p>Ґ</p>", base=None, actor=trainer
        )
    open_feed(user=place.officer)
    revoke_feed(user=place.officer)
    kept = open_feed(user=place.officer)
    LogEntry.objects.create(
        user=factories.operator(), action_flag=CHANGE, object_id=place.officer.pk,
        object_repr=str(place.officer), content_type=ContentType.objects.get_for_model(User),
    )  # fmt: skip
    sweep_retention()
    assert TextDraft.objects.count() == GuideDraft.objects.count() == LogEntry.objects.count() == 1
    with later("drafts"):
        sweep_retention()
    assert not TextDraft.objects.exists()
    assert not GuideDraft.objects.exists()
    assert not LogEntry.objects.exists()
    assert list(CalendarFeed.objects.all()) == [kept]


def test_files_of_own_data_go_with_their_rows(place):
    export = DataExport.objects.create(
        user=place.officer, made_at=timezone.now(), file=ContentFile(b"x", name="x.zip")
    )
    with later("exports"):
        sweep_retention()
    assert not DataExport.objects.exists()
    assert not default_storage.exists(export.file.name)


@pytest.mark.parametrize("months", [None, 24, 600])
def test_the_discharged_are_erased_when_no_certificate_is_in_force(place, months):
    course = factories.published_course(place.root, questions=0, validity_months=months)
    factories.completed(factories.enrolled(place.officer, course))
    place.leave(place.officer)
    with later("accounts", -1):
        sweep_retention()
    assert User.objects.get(pk=place.officer.pk).erased_at is None
    with later("accounts"):
        sweep_retention()
    erased = User.objects.get(pk=place.officer.pk).erased_at is not None
    assert erased == (months == 24)
    assert Certificate.objects.count() == 1
    assert AuditEntry.objects.filter(verb="person.erased", actor=None).exists() == erased


def test_it_stops_in_time_and_goes_on_behind_what_is_queued(place, monkeypatch):
    queued = []
    monkeypatch.setattr(sweep_retention, "delay", lambda: queued.append(1))
    operator = factories.operator()
    LogEntry.objects.bulk_create(
        LogEntry(user=operator, action_flag=CHANGE, object_repr=str(n)) for n in range(3)
    )
    step = retention.Step(retention.STEPS["operator_log"][0].found, batch=1, most=2)
    monkeypatch.setattr(retention, "STEPS", {"operator_log": [step]})
    with later("operator_log"):
        sweep_retention()
        assert queued == [1]
        assert LogEntry.objects.count() == 1
        sweep_retention()
        assert queued == [1]
        assert LogEntry.objects.count() == 0


def test_one_that_fails_holds_up_none_behind_it(place, monkeypatch, caplog):
    gone = [place.leave(factories.officer(place.post)) for _ in range(2)]
    whole = retention.erase_person

    def erase(*, user, **how):
        if user.pk == gone[0].pk:
            raise RuntimeError("spoilt")
        return whole(user=user, **how)

    monkeypatch.setattr(retention, "erase_person", erase)
    with later("accounts"):
        sweep_retention()
    erased = User.objects.exclude(erased_at=None)
    assert list(erased) == [gone[1]]
    assert "spoilt" in caplog.text
