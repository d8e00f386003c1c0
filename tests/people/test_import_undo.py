"""A staff list taken back: what is unchanged since stands as before, the rest is left."""

from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone

from courses.actions.assignments import enrol_assigned
from courses.models import Assignment, Enrolment
from lms.audit.models import AuditEntry
from lms.people.models import Membership, StaffImport, User
from tests import factories
from tests.people.lists import ROW, outcomes, posts

pytestmark = pytest.mark.django_db


def test_undo_puts_back_what_is_unchanged_since(place):
    since = date(2020, 1, 1)
    kept = factories.officer(place.first, login="UA-7", rank="sergeant", email="old@x.example")
    touched = factories.officer(place.first, login="UA-8", rank="sergeant")
    Membership.objects.filter(user__in=[kept, touched]).update(since=since)
    made = place.bring_in(
        "7,Ґалаґан,Мар’яна,,капітан,UA-L-2,new@x.example,,",
        "8,Ґалаґан,Мар’яна,,капітан,UA-L-2,,,",
    )
    User.objects.filter(pk=touched.pk).update(rank="major")

    place.undo(made)

    kept.refresh_from_db()
    touched.refresh_from_db()
    assert (kept.rank, kept.email, posts(kept)) == (
        "sergeant", "old@x.example", [("UA-L-1", since, None)],
    )  # fmt: skip
    assert (touched.rank, posts(touched)) == ("major", [("UA-L-1", since, None)])
    assert made.rows.get(number=3).before["left"] == ["rank"]
    assert AuditEntry.objects.filter(verb="people.import_undone").count() == 1
    page = place.client().get(f"/staff/import/{made.pk}/?show=changed")
    assert page.context["left"] == 1


def test_undo_of_a_move_made_in_place(place):
    officer = factories.officer(place.first, login="UA-7")
    made = place.bring_in("7,Ґалаґан,Мар’яна,,,UA-L-2,,,")
    place.undo(made)
    assert [unit for unit, *_ in posts(officer)] == ["UA-L-1"]


def test_undo_leaves_an_address_that_somebody_else_has_by_now(place):
    officer = factories.officer(place.first, login="UA-7", email="old@x.example")
    made = place.bring_in("7,Ґалаґан,Мар’яна,,капітан,,new@x.example,,")
    factories.officer(place.first, email="old@x.example")
    place.undo(made)
    officer.refresh_from_db()
    assert (officer.email, officer.rank) == ("new@x.example", "")


def test_undo_closes_the_new_and_a_later_list_opens_them_again(place):
    made = place.bring_in(ROW)
    place.undo(made)
    user = User.objects.get(login="ua-014240")
    assert (user.is_active, user.leaves_on, user.email) == (False, timezone.localdate(), "")
    assert posts(user) == []

    again = place.send(ROW.replace("Гнат", "Ігнат"))
    assert outcomes(again) == ["update"]
    place.client().post(reverse("staff:import-apply", args=[again.pk]))

    user.refresh_from_db()
    assert (user.is_active, user.leaves_on, user.given_name) == (True, None, "Ігнат")
    assert [unit for unit, *_ in posts(user)] == ["UA-L-1"]
    place.undo(StaffImport.objects.get(pk=again.pk))
    user.refresh_from_db()
    assert (user.is_active, posts(user)) == (False, [])


def test_undo_leaves_who_signed_in_or_has_courses(place):
    made = place.bring_in("7,Ґ,М,,,,,,", "8,Ґ,М,,,,,,", "9,Ґ,М,,,,,,")
    User.objects.filter(login="ua-7").update(last_login=timezone.now())
    factories.enrolled(
        User.objects.get(login="ua-8"), factories.published_course(place.root, questions=0)
    )
    place.undo(made)
    found = User.objects.filter(login__in=["ua-7", "ua-8", "ua-9"]).order_by("login")
    assert list(found.values_list("is_active", flat=True)) == [True, True, False]
    left = [row.before.get("left") for row in made.rows.order_by("number")]
    assert left == [["person"], ["person"], None]


def test_undo_closes_whom_a_rule_enrolled_meanwhile_unless_the_course_is_begun(place):
    course = factories.published_course(place.root, questions=0, readings=2)
    rule = Assignment.objects.create(
        course=course, organisation=place.first, created_by=place.coordinator, due_days=30
    )
    made = place.bring_in("7,Ґ,М,,,,,,", "8,Ґ,М,,,,,,")
    for login in ("ua-7", "ua-8"):
        enrol_assigned(assignment=rule, officer=User.objects.get(login=login), actor=None)
    begun = Enrolment.objects.select_related("officer__service").get(officer__login="ua-7")
    lesson = course.lessons.first()
    factories.mark_done(enrolment=begun, lesson=lesson, revision=course.current_revision_id)

    place.undo(made)

    assert User.objects.get(login="ua-7").is_active
    assert not User.objects.get(login="ua-8").is_active
    assert [row.before.get("left") for row in made.rows.order_by("number")] == [["person"], None]
