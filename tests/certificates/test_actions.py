"""Issued once, never changed; revoked for good; reissued as the next edition."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from threading import Barrier
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction

from certificates.actions import (
    NoReason,
    OutOfDate,
    issue_certificate,
    queue_finish,
    reissue_certificate,
    revoke_certificate,
)
from certificates.models import Certificate
from certificates.models.certificate import LEASE, State
from certificates.serials import is_well_formed
from certificates.snapshot import months_after
from certificates.sweeps import sweep_certificates
from courses.completion import evaluate
from courses.models import Course, LessonProgress
from courses.signals import course_completed
from lms.audit.models import AuditEntry
from tests import factories
from tests.certificates.helpers import (
    NOW,
    TITLE,
    a_certificate,
    certificate_of,
    enrolled,
    officer,
    published,
    reading_course,
)

pytestmark = pytest.mark.django_db


def test_a_completion_earns_a_certificate_that_says_what_the_course_was() -> None:
    home = factories.service()
    person = officer(home)
    certificate = certificate_of(person, reading_course(home))
    assert is_well_formed(certificate.serial)
    assert certificate.name_native == "Остап Юрійович Ґалаґан"
    assert certificate.name_latin == "Ostap Galagan"
    assert (certificate.course_code, certificate.course_title.data) == ("DOC-01", TITLE)
    assert certificate.minutes == 80
    assert certificate.language == "uk"
    assert certificate.issuer.localize("en") == f"Служба {home.code} (en)"
    assert certificate.issued_at == NOW
    assert (certificate.issued_on, certificate.expires_on) == (
        date(2026, 3, 12),
        date(2028, 3, 12),
    )
    assert certificate.result is None
    assert not certificate.is_specimen
    assert AuditEntry.objects.filter(verb="certificate.issued").count() == 1


def test_the_snapshot_stays_when_everything_around_it_changes() -> None:
    certificate = a_certificate()
    person, course = certificate.enrolment.officer, certificate.enrolment.course
    person.family_name = "Ївженко"
    person.save()
    Course.objects.filter(pk=course.pk).update(title={"uk": "Інше"}, validity_months=1)
    evaluate(certificate.enrolment_id)
    again = issue_certificate(enrolment=certificate.enrolment, now=NOW + timedelta(days=9))
    assert again == certificate
    assert again.name_native == "Остап Юрійович Ґалаґан"
    assert again.expires_on == date(2028, 3, 12)
    assert Certificate.objects.count() == 1


def test_a_completion_announced_twice_earns_one_certificate() -> None:
    certificate = a_certificate()
    course_completed.send(sender=type(certificate.enrolment), enrolment=certificate.enrolment)
    assert Certificate.objects.count() == 1


def test_a_retry_after_a_revocation_issues_nothing() -> None:
    certificate = a_certificate()
    revoke_certificate(certificate=certificate, reason="x", actor=None, now=NOW)
    assert issue_certificate(enrolment=certificate.enrolment, now=NOW) == certificate
    assert Certificate.objects.count() == 1


def test_without_a_completion_there_is_no_certificate() -> None:
    home = factories.service()
    enrolment = enrolled(officer(home), reading_course(home))
    with pytest.raises(ValueError, match="completion"):
        issue_certificate(enrolment=enrolment, now=NOW)


def test_a_failed_certificate_undoes_the_completion(monkeypatch: pytest.MonkeyPatch) -> None:
    home = factories.service()
    enrolment = enrolled(officer(home), reading_course(home))

    def fail() -> str:
        raise OSError("no randomness")

    monkeypatch.setattr("certificates.actions.new_serial", fail)
    with pytest.raises(OSError, match="randomness"), transaction.atomic():
        factories.completed(enrolment, now=NOW)
    enrolment.refresh_from_db()
    assert enrolment.completed_at is None


def test_a_person_without_latin_names_gets_the_official_transliteration() -> None:
    certificate = a_certificate(given_name="Юлія", patronymic="", family_name="Згурська-Щерб’юк")
    assert certificate.name_native == "Юлія Згурська-Щерб’юк"
    assert certificate.name_latin == "Yuliia Zghurska-Shcherbiuk"


def test_the_longest_of_names_is_cut_and_never_in_the_way() -> None:
    certificate = a_certificate(given_name="Щ" * 150, family_name="Щ" * 150, patronymic="Щ" * 150)
    assert len(certificate.name_native) == 452
    assert len(certificate.name_latin) == 500


def test_demonstration_people_get_specimens() -> None:
    assert a_certificate(is_demo=True).is_specimen


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2026, 12, 31), 1, date(2027, 1, 31)),
        (date(2026, 1, 15), 12, date(2027, 1, 15)),
        (date(2026, 11, 30), 13, date(2027, 12, 30)),
    ],
)
def test_validity_ends_on_the_same_day_or_the_last_of_its_month(
    day: date, months: int, expected: date
) -> None:
    assert months_after(day, months) == expected


def test_without_a_validity_it_never_expires() -> None:
    home = factories.service()
    certificate = certificate_of(officer(home), reading_course(home, validity_months=None))
    assert certificate.expires_on is None
    assert certificate.state(NOW + timedelta(days=36500)) == State.VALID


def test_the_date_is_that_of_the_service_not_of_the_server() -> None:
    home = factories.service(time_zone="Europe/Kyiv")
    just_before_midnight_utc = datetime(2026, 3, 12, 22, 30, tzinfo=UTC)
    certificate = certificate_of(officer(home), reading_course(home), now=just_before_midnight_utc)
    assert certificate.issued_on == date(2026, 3, 13)


def test_it_is_valid_through_its_last_day_in_the_zone_of_the_service() -> None:
    certificate = a_certificate()
    kyiv = ZoneInfo("Europe/Kyiv")
    last_minute = datetime(2028, 3, 12, 23, 59, tzinfo=kyiv)
    assert certificate.state(last_minute) == State.VALID
    assert certificate.state(last_minute + timedelta(minutes=1)) == State.EXPIRED


def test_the_result_is_that_of_the_last_required_quiz_rounded_down() -> None:
    home = factories.service()
    course = factories.draft_course(home)
    part = factories.module(course)
    factories.quiz(factories.lesson(part, kind="quiz", key="entry"), questions=2)
    factories.quiz(factories.lesson(part, kind="quiz", key="final"), questions=7)
    factories.quiz(factories.lesson(part, kind="quiz", key="extra", required=False), questions=2)
    enrolment = enrolled(officer(home), published(course))
    factories.submitted(enrolment, key="entry", now=NOW)
    factories.submitted(enrolment, key="extra", now=NOW)
    factories.submitted(enrolment, key="final", right=4, now=NOW)
    factories.submitted(enrolment, key="final", right=6, now=NOW)
    certificate = Certificate.objects.get(enrolment=enrolment)
    assert certificate.result == Decimal("85.71")
    assert certificate.whole_result == 85


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(
    connection.vendor == "sqlite", reason="an SQLite database in memory has one writer"
)
def test_completions_side_by_side_earn_one_certificate(queued: list[str]) -> None:
    home = factories.service()
    course = reading_course(home)
    enrolment = enrolled(officer(home), course)
    LessonProgress.objects.bulk_create(
        LessonProgress(enrolment=enrolment, lesson=lesson, revision=course.current_revision)
        for lesson in course.lessons.all()
    )
    together = Barrier(4)

    def weigh(_worker: int) -> None:
        try:
            together.wait()
            evaluate(enrolment.pk, now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(weigh, range(4)))
    assert Certificate.objects.count() == 1
    assert len(queued) == 1


def test_the_file_is_queued_after_commit_and_once(
    queued: list[str], django_capture_on_commit_callbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        certificate = a_certificate()
        assert queued == []
    assert queued == [str(certificate.pk)]
    with django_capture_on_commit_callbacks(execute=True):
        issue_certificate(enrolment=certificate.enrolment, now=NOW)
    assert len(queued) == 1


def test_a_queue_that_is_down_takes_no_certificate_away(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks, caplog
) -> None:
    def refuse(_pk: str) -> None:
        raise ConnectionError("no broker")

    monkeypatch.setattr("certificates.actions.finish_certificate.delay", refuse)
    with django_capture_on_commit_callbacks(execute=True):
        a_certificate()
    assert Certificate.objects.count() == 1
    assert "no broker" in caplog.text


def test_revoking_twice_keeps_the_first_reason() -> None:
    certificate = a_certificate()
    actor = factories.operator()
    revoke_certificate(certificate=certificate, reason=" forged papers ", actor=actor, now=NOW)
    later = NOW + timedelta(days=1)
    again = revoke_certificate(certificate=certificate, reason="other", actor=None, now=later)
    assert (again.revoked_reason, again.revoked_at, again.revoked_by) == (
        "forged papers",
        NOW,
        actor,
    )
    assert again.state() == State.REVOKED
    (entry,) = AuditEntry.objects.filter(verb="certificate.revoked")
    assert (entry.actor_id, entry.after) == (actor.pk, {"reason": "forged papers"})


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_nothing_is_revoked_or_reissued_without_a_reason(reason: str) -> None:
    certificate = a_certificate()
    with pytest.raises(NoReason):
        revoke_certificate(certificate=certificate, reason=reason, actor=None, now=NOW)
    with pytest.raises(NoReason):
        reissue_certificate(
            certificate=certificate,
            name_native="А",
            name_latin="A",
            reason=reason,
            actor=None,
            now=NOW,
        )
    certificate.refresh_from_db()
    assert certificate.revoked_at is None


def test_a_reissue_changes_names_serial_and_date_of_issue_and_nothing_else(
    queued: list[str], django_capture_on_commit_callbacks
) -> None:
    old = a_certificate()
    later = NOW + timedelta(days=40)

    def reissue(name: str) -> Certificate:
        return reissue_certificate(
            certificate=old,
            name_native=name,
            name_latin="Ostap Halahan",
            reason="typo",
            actor=None,
            now=later,
        )

    with django_capture_on_commit_callbacks(execute=True):
        new = reissue("Остап Галаган")
    assert queued == [str(new.pk)]
    old.refresh_from_db()
    assert (old.revoked_reason, old.replaced_by, new.edition) == ("typo", new, 2)
    assert new.serial != old.serial
    assert (new.name_native, new.name_latin) == ("Остап Галаган", "Ostap Halahan")
    assert (new.issued_on, new.expires_on) == (date(2026, 4, 21), old.expires_on)
    for field in ("minutes", "result", "course_title", "issuer", "language", "course_code"):
        assert getattr(new, field) == getattr(old, field)
    assert reissue("Хтось інший") == new
    assert Certificate.objects.count() == 2


def test_what_was_revoked_by_mistake_can_be_reissued() -> None:
    old = a_certificate()
    revoke_certificate(certificate=old, reason="mistake", actor=None, now=NOW)
    new = reissue_certificate(
        certificate=old,
        name_native="А Б",
        name_latin="A B",
        reason="put right",
        actor=None,
        now=NOW,
    )
    old.refresh_from_db()
    assert old.revoked_reason == "mistake"
    assert new.revoked_at is None


def test_an_expired_one_is_renewed_and_not_reissued() -> None:
    old = a_certificate()
    with pytest.raises(OutOfDate):
        reissue_certificate(
            certificate=old,
            name_native="А",
            name_latin="A",
            reason="typo",
            actor=None,
            now=NOW + timedelta(days=1000),
        )
    old.refresh_from_db()
    assert old.revoked_at is None


def test_the_sweep_queues_what_is_unfinished_once_a_lease(
    queued: list[str], django_capture_on_commit_callbacks
) -> None:
    certificate = a_certificate()
    with django_capture_on_commit_callbacks(execute=True):
        assert sweep_certificates() == 1
        assert sweep_certificates() == 0
    assert queued == [str(certificate.pk)]
    Certificate.objects.update(queued_until=datetime.now(UTC) - timedelta(seconds=1))
    with django_capture_on_commit_callbacks(execute=True):
        assert sweep_certificates() == 1
    assert len(queued) == 2


def test_the_sweep_leaves_alone_what_is_revoked_or_was_just_queued() -> None:
    revoked = a_certificate()
    revoke_certificate(certificate=revoked, reason="x", actor=None, now=NOW)
    assert sweep_certificates() == 0
    home = factories.service()
    certificate_of(officer(home), reading_course(home), now=datetime.now(UTC))
    # issued a moment ago: its own task is on the way
    Certificate.objects.exclude(pk=revoked.pk).update(queued_until=datetime.now(UTC) + LEASE)
    assert sweep_certificates() == 0


def test_of_two_who_queue_the_same_one_does(queued: list[str]) -> None:
    certificate = a_certificate()
    now = datetime.now(UTC)
    assert queue_finish(certificate_id=certificate.pk, now=now)
    assert not queue_finish(certificate_id=certificate.pk, now=now)
