"""A staff list from the file to the people, and back again, as a coordinator does it."""

import csv
import io
from datetime import date, timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from lms.audit.models import AuditEntry
from lms.people.actions import imports
from lms.people.importing import work
from lms.people.models import ImportRow, Membership, PersonRequest, StaffImport, User
from lms.people.sweeps import sweep_staff_lists
from lms.people.tasks import carry_on_staff_list
from tests import factories
from tests.people.lists import HEADERS, ROW, Place, codes, outcomes, posts

pytestmark = pytest.mark.django_db


def test_a_new_person(place):
    made = place.send(ROW)
    assert outcomes(made) == ["create"]
    assert not User.objects.filter(login="ua-014240").exists()

    place.client().post(reverse("staff:import-apply", args=[made.pk]))

    user = User.objects.get(login="ua-014240")
    assert (user.full_name, user.latin) == ("Щербань Гнат Хомич", ("Hnat", "Shcherban"))
    assert (user.rank, user.email, user.language) == ("sergeant", "hnat@tbs-ua.example", "uk")
    assert not user.has_usable_password()
    assert posts(user) == [("UA-L-1", date(2026, 9, 1), None)]
    assert User.objects.named("shcherban щербань 014240").get() == user
    verbs = AuditEntry.objects.filter(thing_id=str(user.pk)).order_by("pk")
    assert list(verbs.values_list("verb", flat=True)) == ["person.created", "role.granted"]
    entry = AuditEntry.objects.get(verb="people.imported")
    assert entry.after == {"created": 1, "changed": 0, "unchanged": 0, "rejected": 0}
    assert (entry.actor, entry.thing_id) == (place.coordinator, str(made.pk))


def test_names_are_kept_as_a_person_typed_in_would_have_them(place):
    place.bring_in("1,Д`яків,Об'єдна,,,UA-L-1,A@tbs-ua.example,,")
    user = User.objects.get(login="ua-1")
    assert (user.family_name, user.given_name) == ("Д’яків", "Об’єдна")
    assert (user.email, user.language) == ("a@tbs-ua.example", "uk")
    assert User.objects.named("об’єдна").get() == user


def test_known_people_are_changed_by_number_and_an_empty_cell_changes_nothing(place):
    officer = factories.officer(place.first, login="UA-7", rank="sergeant", patronymic="Юріївна")
    made = place.send("7,Ґалаґан,Мар’яна,,капітан,,m@tbs-ua.example,,", "UA-7,Їжак,М,,,,,,")
    assert outcomes(made) == ["update", "rejected"]
    page = place.client().get(f"/staff/import/{made.pk}/?show=changed")
    assert "<del>Sergeant</del>" in page.content.decode()
    assert "<ins>Captain</ins>" in page.content.decode()

    place.client().post(reverse("staff:import-apply", args=[made.pk]))

    officer.refresh_from_db()
    assert (officer.rank, officer.email) == ("captain", "m@tbs-ua.example")
    assert (officer.patronymic, officer.family_name) == ("Юріївна", "Ґалаґан")
    assert [unit for unit, *_ in posts(officer)] == ["UA-L-1"]
    changed = AuditEntry.objects.get(verb="person.changed")
    assert changed.before == {"rank": "sergeant", "email": ""}
    assert place.bring_in("7,Ґалаґан,Мар’яна,,капітан,,,,").rows.get().outcome == "same"


def test_a_new_name_is_confirmed_anew_in_latin_letters(place):
    officer = factories.officer(place.first, login="UA-7")
    place.bring_in("7,Щербань,Мар’яна,,,,,,")
    officer.refresh_from_db()
    assert officer.latin == ("Mariana", "Shcherban")
    assert officer.is_new


def test_a_language_that_a_person_may_have_chosen_is_left(place):
    officer = factories.officer(place.first, login="UA-7", last_login=timezone.now())
    place.bring_in("7,Ґалаґан,Мар’яна,,,,,en,")
    officer.refresh_from_db()
    assert officer.language == "uk"


def test_a_move_within_the_subtree(place):
    officer = factories.officer(place.first, login="UA-7")
    since = timezone.localdate() - timedelta(days=400)
    Membership.objects.filter(user=officer).update(since=since)
    day = timezone.localdate() - timedelta(days=10)
    place.bring_in(f"7,Ґалаґан,Мар’яна,,,ua-l-2,,,{day:%d.%m.%Y}")
    assert posts(officer) == [
        ("UA-L-1", since, day - timedelta(days=1)),
        ("UA-L-2", day, None),
    ]
    assert AuditEntry.objects.get(verb="person.moved").after["unit"] == "UA-L-2"


def test_a_move_on_the_day_of_arrival_and_one_dated_ahead(place):
    officer = factories.officer(place.first, login="UA-7")
    today = timezone.localdate()
    place.bring_in("7,Ґалаґан,Мар’яна,,,UA-L-2,,,")
    assert posts(officer) == [("UA-L-2", today, None)]

    ahead = today + timedelta(days=5)
    place.bring_in(f"7,Ґалаґан,Мар’яна,,,UA-L-1,,,{ahead}")
    assert posts(officer) == [("UA-L-2", today, ahead - timedelta(days=1)), ("UA-L-1", ahead, None)]
    assert outcomes(place.send("7,Ґалаґан,Мар’яна,,,UA-L-1,,,")) == ["same"]
    assert codes(place.send("7,Ґалаґан,Мар’яна,,,UA-L,,,")) == [("unit", "planned")]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (
            ",,,,майор,,,,",
            [("number", "missing"), ("family_name", "missing"), ("given_name", "missing")],
        ),
        ("7 8,Ґ,М,,,,,,", [("number", "number")]),
        ("7,1,2,,,,,,", [("family_name", "no_letter"), ("given_name", "no_letter")]),
        ("7,Ґ,М,,адмірал,,,,", [("rank", "rank")]),
        ("7,Ґ,М,,,UA-XX,,,", [("unit", "unit")]),
        ("7,Ґ,М,,,UA-R,,,", [("unit", "unit")]),
        ("7,Ґ,М,,,BY,,,", [("unit", "unit")]),
        ("7,Ґ,М,,,,not an address,,", [("email", "email")]),
        ("7,Ґ,М,,,,,klingon,", [("language", "language")]),
        ("7,Ґ,М,,,,,,31.02.2026", [("since", "no_such_day")]),
        ("7,Ґ,М,,,,,,next week", [("since", "date")]),
        ("7,Ґ,М,,,,,,01.01.1900", [("since", "date_far")]),
        (f"7,{'Ґ' * 151},М,,,,,,", [("family_name", "too_long")]),
        (f"{'7' * 33},Ґ,М,,,,,,", [("number", "too_long")]),
        ("7,Ґ\u202eЇ,М\x07,,,,,,", [("family_name", "control"), ("given_name", "control")]),
    ],
)
def test_what_is_wrong_is_told_by_field_and_reason(place, row, expected):
    factories.service("BY", country="BY")
    made = place.send(row)
    assert codes(made) == expected
    page = place.client().get(f"/staff/import/{made.pk}/")
    reasons = [problem["reason"] for problem in page.context["rows"][0]["problems"]]
    assert all(reasons)
    assert len(reasons) == len(expected)
    assert "%" not in "".join(reasons)


def test_doubles_within_the_file(place):
    made = place.send("7,Ґ,М,,,,a@b.example,,", "UA-7,Ї,М,,,,,,", "8,Є,М,,,,A@B.example,,")
    assert outcomes(made) == ["create", "rejected", "rejected"]
    assert codes(made) == [("number", "duplicate_number"), ("email", "duplicate_email")]
    assert made.rows.get(number=3).errors[0]["params"] == {"row": 2}


def test_right_rows_go_in_and_the_others_come_back_as_the_same_file(place):
    made = place.bring_in(ROW, "014241,Їжак,Остап,,адмірал,UA-L-1,=1+1@x.example,,")
    assert outcomes(made) == ["create", "rejected"]
    content = place.client().get(f"/staff/import/{made.pk}/rejected.csv").content
    headers, row = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    assert headers[:-1] == HEADERS.split(",")
    assert row[0] == "014241"
    assert row[6] == "'=1+1@x.example"  # a spreadsheet must not calculate it
    assert "Rank: Your service has no such rank." in row[-1]

    mended = content.decode().replace("адмірал", "майор").encode()
    file = SimpleUploadedFile("mended.csv", mended)
    response = place.client().post("/staff/import/", {"unit": place.left.pk, "file": file})
    again = StaffImport.objects.latest("created_at")
    assert response.status_code == 302
    assert (again.columns, again.rows.get().cells[6]) == (made.columns, "=1+1@x.example")
    workbook = place.client().get(f"/staff/import/{made.pk}/rejected.xlsx").content
    assert workbook.startswith(b"PK")
    assert place.client().get(f"/staff/import/{made.pk}/rejected.exe").status_code == 404


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("language", ["uk", "be", "ru", "en"])
def test_the_template_is_a_list_that_can_be_filled_in(place, language, kind):
    """Sent back as it came it brings in nobody: its people are invented."""
    place.coordinator.language = language
    place.coordinator.save()
    content = place.client().get(f"/staff/import/template.{kind}").content
    file = SimpleUploadedFile(f"list.{kind}", content)
    client = place.client()
    client.post("/staff/import/", {"unit": place.left.pk, "file": file})
    made = StaffImport.objects.get()
    assert len(made.columns) == 9
    imports.settle_columns(staff_import=made, columns=made.columns)
    assert codes(made) == [("number", "example")] * 2


# Who is elsewhere


def elsewhere_rows(place: Place) -> dict[str, str]:
    """Rows about people whom the coordinator does not see, each in another way."""
    abroad = factories.service("BY", country="BY")
    factories.officer(place.right, login="UA-100", email="right@tbs-ua.example")
    factories.officer(factories.unit(abroad), login="BY-100", email="abroad@tbs.example")
    factories.coordinator(place.root, login="UA-101")
    gone = factories.officer(place.right, login="UA-102")
    Membership.objects.filter(user=gone).update(since=date(2020, 1, 1), until=date(2021, 1, 1))
    User.objects.filter(pk=gone.pk).update(is_active=False, leaves_on=date(2021, 1, 2))
    guest = factories.officer(place.right, login="UA-103")
    factories.grant_role(
        user=guest, organisation=place.first, role="officer", actor=None, kind="secondment"
    )
    return {
        "number": "100,Ґ,М,,,UA-L-1,,,",
        "address": "200,Ґ,М,,,UA-L-1,right@tbs-ua.example,,",
        "address abroad": "201,Ґ,М,,,UA-L-1,abroad@tbs.example,,",
        "no officer": "101,Ґ,М,,,UA-L-1,,,",
        "discharged elsewhere": "102,Ґ,М,,,UA-L-1,,,",
        "a guest": "103,Ґ,М,,,UA-L-1,,,",
    }


@pytest.mark.parametrize(
    "case",
    ["number", "address", "address abroad", "no officer", "discharged elsewhere", "a guest"],
)
def test_elsewhere_there_is_one_answer_and_a_request(place, case):
    row = elsewhere_rows(place)[case]
    others = User.objects.exclude(pk=place.coordinator.pk).order_by("pk")
    before = list(others.values())
    made = place.send(row)
    number = row.partition(",")[0]
    expected = {"field": "number", "value": number, "code": "elsewhere", "params": {}}
    assert made.rows.get().errors == [expected]
    assert made.rows.get().user is None
    assert not PersonRequest.objects.exists()  # a trial asks nobody

    place.client().post(reverse("staff:import-apply", args=[made.pk]))
    place.bring_in(row)

    request = PersonRequest.objects.get()
    assert (request.service, request.unit) == (place.root, place.first)
    assert (request.made_by, request.data["number"]) == (place.coordinator, number)
    assert AuditEntry.objects.filter(verb="request.made").count() == 1
    assert list(others.all().values()) == before


def test_elsewhere_costs_as_many_queries_as_any_other_row(place):
    rows = elsewhere_rows(place)
    rows["new"] = "300,Ґ,М,,,UA-L-1,,,"
    factories.officer(place.first, login="UA-301", email="mine@tbs-ua.example")
    rows["changed"] = "301,Ґ,М,,,UA-L-1,,,"
    spent = {}
    for case, row in rows.items():
        made = place.send(row)
        made.rows.update(outcome="")
        StaffImport.objects.filter(pk=made.pk).update(state="checking")
        with CaptureQueriesContext(connection) as queries:
            work.work_on_list(made.pk)
        spent[case] = len(queries)
    assert len(set(spent.values())) == 1, spent


def test_an_administrator_brings_in_the_whole_service_and_nobody_of_another(place):
    boss = factories.administrator(place.root, language="en")
    rows = elsewhere_rows(place)
    made = place.bring_in(rows["number"], rows["address abroad"], rows["no officer"], user=boss)
    assert outcomes(made) == ["update", "rejected", "update"]
    assert posts(User.objects.get(login="ua-101"))[-1][0] == "UA-L-1"


def test_who_answers_for_others_gets_no_new_address_from_a_coordinator(place):
    """It would open his account to whoever reads that mailbox."""
    officer = factories.officer(place.first, login="UA-7", email="own@tbs-ua.example")
    factories.grant_role(user=officer, organisation=place.root, role="administrator", actor=None)
    assert codes(place.send("7,Ґалаґан,Мар’яна,,,,thief@x.example,,")) == [("number", "elsewhere")]
    assert outcomes(place.send("7,Ґалаґан,Мар’яна,,майор,,,,")) == ["update"]


def test_an_address_of_ones_own_people_is_told(place):
    factories.officer(place.first, login="UA-7", email="own@tbs-ua.example")
    assert codes(place.send("8,Ґ,М,,,,own@tbs-ua.example,,")) == [("email", "email_taken")]


def test_who_coordinates_no_longer_brings_nobody_in(place):
    made = place.send(ROW)
    Membership.objects.filter(user=place.coordinator).update(
        since=date(2020, 1, 1), until=date(2021, 1, 1)
    )
    assert place.client().post(reverse("staff:import-apply", args=[made.pk])).status_code == 403
    made.refresh_from_db()
    imports.bring_list_in(staff_import=made)
    assert codes(made) == [("unit", "unit")]
    assert not User.objects.filter(login="ua-014240").exists()


def test_a_discharged_person_of_ones_own_comes_back(place):
    officer = factories.officer(place.first, login="UA-7")
    Membership.objects.filter(user=officer).update(since=date(2020, 1, 1), until=date(2021, 1, 1))
    User.objects.filter(pk=officer.pk).update(is_active=False, leaves_on=date(2021, 1, 2))
    place.bring_in("7,Ґалаґан,Мар’яна,,,UA-L-2,,,2026-01-01")
    officer.refresh_from_db()
    assert (officer.is_active, officer.leaves_on) == (True, None)
    assert posts(officer)[-1] == ("UA-L-2", date(2026, 1, 1), None)


def test_an_account_that_was_shut_stays_shut(place):
    officer = factories.officer(place.first, login="UA-7")
    User.objects.filter(pk=officer.pk).update(is_active=False)
    assert codes(place.send("7,Ґалаґан,Мар’яна,,майор,,,,")) == [("number", "elsewhere")]


# Interrupted


def test_a_batch_is_all_or_nothing_and_the_rest_goes_on(place, monkeypatch):
    """The third batch fails at its last write; whoever comes next brings in each person once."""
    monkeypatch.setattr(work, "BATCH", 4)
    made = place.send(*(f"{number},Ґ,М,,,UA-L-1,,," for number in range(500, 514)))
    whole, calls = work.bring_in, []

    def third_fails(desk, rows):
        whole(desk, rows)
        calls.append(len(rows))
        if len(calls) == 3:
            raise OSError("the power is gone")

    monkeypatch.setattr(work, "bring_in", third_fails)
    with pytest.raises(OSError, match="the power is gone"):
        imports.bring_list_in(staff_import=made)
    made.refresh_from_db()
    assert made.state == "applying"
    assert User.objects.filter(login__startswith="ua-5").count() == 8
    assert made.rows.exclude(applied_at=None).count() == 8
    page = place.client().get(f"/staff/import/{made.pk}/")
    assert (page.context["handled"], page.context["total"]) == (8, 14)

    carry_on_staff_list(str(made.pk))
    carry_on_staff_list(str(made.pk))

    made.refresh_from_db()
    assert made.state == "applied"
    assert User.objects.filter(login__startswith="ua-5").count() == 14
    assert AuditEntry.objects.filter(verb="person.created").count() == 14
    assert AuditEntry.objects.filter(verb="people.imported").count() == 1


def test_a_list_that_lost_its_worker_is_queued_once_a_lease(
    place, monkeypatch, django_capture_on_commit_callbacks
):
    made = place.send(ROW)
    sent = []
    monkeypatch.setattr(carry_on_staff_list, "delay", sent.append)
    now = timezone.now()
    StaffImport.objects.filter(pk=made.pk).update(
        state="applying", queued_until=now + timedelta(minutes=1)
    )
    with (
        django_capture_on_commit_callbacks(execute=True),
        time_machine.travel(now, tick=False) as clock,
    ):
        assert sweep_staff_lists() == 0
        clock.shift(timedelta(minutes=2))
        assert sweep_staff_lists() == 1
        assert sweep_staff_lists() == 0
    assert sent == [str(made.pk)]


def test_an_upload_that_broke_off_is_seen_by_nobody_and_dropped(place):
    made = StaffImport.objects.create(made_by=place.coordinator, unit=place.left, name="half.csv")
    ImportRow.objects.create(staff_import=made, number=2, cells=["7"])
    assert place.client().get(f"/staff/import/{made.pk}/").status_code == 404
    assert imports.forget_unfinished(now=timezone.now()) == 0
    assert imports.forget_unfinished(now=timezone.now() + timedelta(hours=25)) == 1
    assert not StaffImport.objects.exists()


def test_applying_twice_and_undoing_twice_is_once(place):
    made = place.bring_in(ROW)
    place.client().post(reverse("staff:import-apply", args=[made.pk]))
    place.undo(made)
    place.undo(made)
    verbs = AuditEntry.objects.filter(verb__startswith="people.import")
    assert list(verbs.order_by("pk").values_list("verb", flat=True)) == [
        "people.imported", "people.import_undone",
    ]  # fmt: skip


# The columns


def test_columns_are_guessed_in_four_languages_and_settled_ones_are_remembered(place):
    headers = "Таб. №,Прізвище,Имя,Отчество,Званне,?"
    client = place.client()

    def sent() -> StaffImport:
        file = SimpleUploadedFile("l.csv", f"{headers}\n7,Ґ,М,,,UA-L-1".encode())
        client.post("/staff/import/", {"unit": place.left.pk, "file": file})
        return StaffImport.objects.latest("created_at")

    guessed = {"number": 0, "family_name": 1, "given_name": 2, "patronymic": 3, "rank": 4}
    made = sent()
    assert made.columns == guessed
    page = client.get(f"/staff/import/{made.pk}/columns/")
    assert page.context["form"].lines()[5]["examples"] == ["UA-L-1"]
    data = {f"column-{position}": key for key, position in guessed.items()} | {"column-5": "unit"}
    client.post(f"/staff/import/{made.pk}/columns/", data)
    assert sent().columns == guessed | {"unit": 5}


def test_columns_that_miss_something_or_say_it_twice_are_asked_again(place):
    made = place.send(ROW)
    address = f"/staff/import/{made.pk}/columns/"
    page = place.client().post(address, {"column-0": "number", "column-1": "number"})
    assert page.status_code == 200
    assert page.context["form"].errors.keys() == {"column-1", "__all__"}
    made.refresh_from_db()
    assert made.state == "checked"


def test_a_list_tried_with_other_columns_is_tried_anew(place):
    made = place.send("7,Ґалаґан,Мар’яна,адмірал,,,,,")
    columns = {key: at for key, at in made.columns.items() if key not in {"patronymic", "rank"}}
    imports.settle_columns(staff_import=made, columns=columns | {"rank": 3})
    assert codes(made) == [("rank", "rank")]
    imports.settle_columns(staff_import=made, columns=columns)
    assert outcomes(made) == ["create"]


def test_a_file_that_cannot_be_read_is_a_sentence_at_its_field(place):
    file = SimpleUploadedFile("x.csv", b'a,b\n"1,2')
    page = place.client().post("/staff/import/", {"unit": place.left.pk, "file": file})
    assert page.status_code == 200
    assert "never closed" in page.context["form"].errors["file"][0]


def test_only_coordinators_and_only_their_own_units(place):
    officer = factories.officer(place.first)
    assert place.client(officer).get("/staff/import/").status_code == 403
    offered = place.client().get("/staff/import/").context["form"].fields["unit"].queryset
    assert {unit.code for unit in offered} == {"UA-L", "UA-L-1", "UA-L-2"}
    other = factories.coordinator(place.right)
    made = place.send(ROW)
    assert place.client(other).get(f"/staff/import/{made.pk}/").status_code == 404
