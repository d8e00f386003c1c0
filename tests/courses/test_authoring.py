"""A trainer makes courses: the list of them, a new one, its settings, putting it away."""

from typing import Any

import pytest
from django.test import Client

from courses.actions import publish_course
from courses.actions.authoring import Archived, CodeTaken, add_module, change_course, create_course
from courses.models import Course, LessonText, Module, Status
from courses.publishing import holes_of
from lms.audit.models import AuditEntry
from lms.people.models import Organisation, User
from tests import factories
from tests.courses.pages import Page

LANGUAGES = ["uk", "be", "ru", "en"]


@pytest.fixture
def trainer(root: Organisation) -> User:
    return factories.trainer(root, language="en")


@pytest.fixture
def desk(trainer: User) -> Client:
    client = Client()
    client.force_login(trainer)
    return client


def new_course(root: Organisation, **changes: Any) -> dict[str, Any]:
    return {
        "title": "Перевірка об’єктів",
        "source": "uk",
        "languages": ["uk", "en"],
        "code": "OB-01",
        "owner": root.pk,
        "token": "abcdefgh",
    } | changes


# A new course


def test_a_new_course_has_a_module_and_leads_to_its_outline(
    desk: Client, root: Organisation, trainer: User
) -> None:
    page = Page(desk.get("/teaching/new/"))
    sent = page.form("").fields | {"title": "Перевірка об’єктів", "source": "uk", "code": "OB-01"}
    response = desk.post("/teaching/new/", sent)
    assert response["Location"] == "/teaching/courses/OB-01/"
    course = Course.objects.get()
    assert (course.owner, course.service, course.status) == (root, root, Status.DRAFT)
    assert course.languages == ["uk", "en"]  # the language written in comes first
    assert course.title.data == {"uk": "Перевірка об’єктів"}
    assert list(course.authors.all()) == [trainer]
    module = Module.objects.get()
    assert set(module.title.data) == {"uk", "en"}
    entry = AuditEntry.objects.get(verb="course.created")
    assert (entry.actor, entry.organisation) == (trainer, root.path)
    assert desk.get(response["Location"]).status_code == 200


def test_a_form_sent_twice_makes_one_course(desk: Client, root: Organisation) -> None:
    first = desk.post("/teaching/new/", new_course(root))
    second = desk.post("/teaching/new/", new_course(root))
    assert first["Location"] == second["Location"]
    assert (Course.objects.count(), Module.objects.count()) == (1, 1)


@pytest.mark.parametrize("code", ["DOC-07", "doc-07"])
def test_a_code_is_taken_once_and_the_rest_stays_typed(
    desk: Client, root: Organisation, code: str
) -> None:
    factories.draft_course(root, code="DOC-07")
    response = desk.post("/teaching/new/", new_course(root, code=code))
    assert response.status_code == 200
    form = Page(response).form("")
    assert form.fields["title"] == ["Перевірка об’єктів"]
    assert form.fields["languages"] == ["uk", "en"]
    assert form.page.all("input", name="code")[0].attrs["aria-invalid"] == "true"
    assert Course.objects.count() == 1


def test_the_code_of_another_service_may_be_taken(desk: Client, root: Organisation) -> None:
    factories.draft_course(factories.service("BY", country="BY"), code="OB-01")
    assert desk.post("/teaching/new/", new_course(root)).status_code == 302


def test_a_code_is_suggested_after_the_newest(desk: Client, root: Organisation) -> None:
    factories.draft_course(root, code="DOC-09")
    factories.draft_course(factories.unit(root), code="doc-10")
    page = Page(desk.get("/teaching/new/"))
    assert page.all("input", name="code")[0].attrs["value"] in {"DOC-11", "doc-11"}


def test_only_a_unit_that_one_trains_may_own_it(root: Organisation) -> None:
    left, right = factories.unit(root), factories.unit(root)
    client = Client()
    client.force_login(factories.trainer(left))
    page = Page(client.get("/teaching/new/"))
    options = {one.attrs["value"] for one in page.all("option")}
    assert str(left.pk) in options
    assert not {str(right.pk), str(root.pk)} & options
    response = client.post("/teaching/new/", new_course(right))
    assert response.status_code == 200
    assert not Course.objects.exists()


def test_two_who_choose_one_code_at_a_time(root: Organisation, trainer: User) -> None:
    create_course(owner=root, code="A", title={"uk": "А"}, languages=["uk"], actor=trainer)
    with pytest.raises(CodeTaken):
        create_course(owner=root, code="a", title={"uk": "Б"}, languages=["uk"], actor=trainer)


# My courses


def test_the_list_says_state_and_what_is_missing(desk: Client, root: Organisation) -> None:
    whole = factories.published_course(root, code="OK-01", questions=0)
    held = factories.draft_course(root, code="HELD-01")
    lesson = factories.lesson(factories.module(held))
    LessonText.objects.filter(lesson=lesson, language="be").delete()
    changed = factories.published_course(root, code="CH-01", questions=0)
    factories.text(changed.lessons.first(), "uk", "Нове")
    page = Page(desk.get("/teaching/"))
    rows = [row.words for row in page.all("tr")]
    by_code = {c: row for c in ("OK-01", "HELD-01", "CH-01") for row in rows if c in row}
    assert "changed since" not in by_code["OK-01"]
    assert "nothing" in by_code["OK-01"]
    assert "changed since" in by_code["CH-01"]
    assert "Беларуская: 1 place" in by_code["HELD-01"]
    assert f"/teaching/courses/{held.code}/publish/#missing-be" in page.links
    assert f"/teaching/courses/{whole.code}/" in page.links


def test_the_list_is_searched_by_title_and_code(desk: Client, root: Organisation) -> None:
    desk.post("/teaching/new/", new_course(root))
    factories.published_course(root, code="ZZ-01", questions=0)
    for query in ("q=ОБʼЄКТІВ", "q=ob-01"):
        links = Page(desk.get(f"/teaching/?{query}")).links
        assert "/teaching/courses/OB-01/" in links, query
        assert "/teaching/courses/ZZ-01/" not in links
    assert "/teaching/courses/OB-01/" in Page(desk.get("/teaching/?state=draft")).links
    assert "/teaching/courses/ZZ-01/" not in Page(desk.get("/teaching/?state=draft")).links


def test_a_course_elsewhere_is_not_there(root: Organisation) -> None:
    left, right = factories.unit(root), factories.unit(root)
    course = factories.draft_course(left, code="DOC-07")
    client = Client()
    client.force_login(factories.trainer(right))
    assert "/teaching/courses/DOC-07/" not in Page(client.get("/teaching/")).links
    absent = client.get("/teaching/courses/NOT-1/")
    hidden = client.get(f"/teaching/courses/{course.code}/")
    assert (hidden.status_code, absent.status_code) == (404, 404)


# Settings


def settings_form(desk: Client, course: Course) -> dict[str, Any]:
    page = Page(desk.get(f"/teaching/courses/{course.code}/settings/"))
    fields = page.form("").fields
    for area in page.all("textarea"):
        fields[area.attrs["name"]] = ["".join(area.parts).strip("\n")]
    return fields


def test_settings_change_what_differs_and_record_it(
    desk: Client, root: Organisation, trainer: User
) -> None:
    course = factories.draft_course(root, code="DOC-07", languages=["uk", "be"])
    before = Course.objects.values().get()
    sent = settings_form(desk, course)
    address = "/teaching/courses/DOC-07/settings/"
    assert desk.post(address, sent).status_code == 302
    assert Course.objects.values().get() == before  # nothing typed, nothing changed
    assert not AuditEntry.objects.filter(verb="course.changed").exists()

    changed = {"title_be": "Аб’екты", "validity_months": "12", "languages": ["be", "en"],
               "source": "be", "outcomes_uk": "перше\nдруге", "outcomes_be": "першае"}  # fmt: skip
    assert desk.post(address, sent | changed).status_code == 302
    course.refresh_from_db()
    assert course.title.data["be"] == "Аб’екты"
    assert course.title.data["uk"] == before["title"].data["uk"]
    assert course.title.data["ru"] == before["title"].data["ru"]  # not shown, so not lost
    assert course.languages == ["be", "en"]
    assert course.validity_months == 12
    assert [outcome.get("uk") for outcome in course.outcomes] == ["перше", "друге"]
    assert course.outcomes[0]["be"] == "першае"
    entry = AuditEntry.objects.get(verb="course.changed")
    assert entry.actor == trainer
    assert set(entry.after or {}) == {"title", "validity_months", "languages", "outcomes"}
    assert (entry.before or {})["validity_months"] == 24


def test_a_stale_form_overwrites_nothing_until_it_is_sent_again(
    desk: Client, root: Organisation, trainer: User
) -> None:
    course = factories.draft_course(root, code="DOC-07", languages=["uk"])
    mine = settings_form(desk, course)
    change_course(course=course, actor=trainer, level="advanced")
    address = "/teaching/courses/DOC-07/settings/"
    response = desk.post(address, mine | {"level": "basic"})
    assert response.status_code == 200
    assert "advanced" in Page(response).words
    course.refresh_from_db()
    assert course.level == "advanced"
    again = Page(response).form("").fields
    assert again["level"] == ["basic"]
    assert desk.post(address, mine | {"level": "basic", "was": again["was"][0]}).status_code == 302
    course.refresh_from_db()
    assert course.level == "basic"


def test_a_published_code_stays(desk: Client, root: Organisation) -> None:
    course = factories.published_course(root, code="DOC-07", questions=0)
    sent = settings_form(desk, course)
    assert "code" not in sent
    desk.post("/teaching/courses/DOC-07/settings/", sent | {"code": "NEW-1"})
    assert Course.objects.get().code == "DOC-07"


# Archive


def test_an_archived_course_is_read_only_until_restored(
    desk: Client, root: Organisation, trainer: User, browser: Client
) -> None:
    course = factories.published_course(root, code="DOC-07", questions=0)
    address = "/teaching/courses/DOC-07/"
    assert "/courses/DOC-07/" in Page(browser.get("/courses/")).links
    desk.post(f"{address}archive/")
    assert "/courses/DOC-07/" not in Page(browser.get("/courses/")).links
    assert desk.get(address).status_code == 200
    assert f"{address}arrange/" not in Page(desk.get(address)).actions
    for part in ("settings/", "arrange/", "modules/add/", "publish/"):
        assert desk.post(f"{address}{part}", {"title": "X"}).status_code == 403, part
    with pytest.raises(Archived):
        add_module(course=course, title={"uk": "Х"}, actor=trainer)
    assert address in Page(desk.get("/teaching/?state=archived")).links
    assert address not in Page(desk.get("/teaching/")).links

    desk.post(f"{address}archive/", {"restore": "1"})
    course.refresh_from_db()
    assert course.status == Status.PUBLISHED
    assert "/courses/DOC-07/" in Page(browser.get("/courses/")).links
    assert AuditEntry.objects.filter(verb__in=["course.archived", "course.restored"]).count() == 2


def test_a_draft_is_restored_as_a_draft(desk: Client, root: Organisation) -> None:
    course = factories.draft_course(root, code="DOC-07")
    desk.post("/teaching/courses/DOC-07/archive/")
    desk.post("/teaching/courses/DOC-07/archive/", {"restore": "1"})
    course.refresh_from_db()
    assert course.status == Status.DRAFT


def test_what_is_made_here_can_be_published(desk: Client, root: Organisation) -> None:
    desk.post("/teaching/new/", new_course(root, languages=["uk"]))
    course = Course.objects.get()
    factories.lesson(course.modules.get())
    assert holes_of(course) == []
    publish_course(course=course, actor=None)


@pytest.mark.parametrize(
    ("typed", "keys"),
    [
        ("б\nв", ["b", "c"]),
        ("а, інакше\nб\nв", ["a", "b", "c"]),
        ("в\nб\nа\nг", ["c", "b", "a", ""]),
    ],
)
def test_outcomes_keep_their_keys(
    desk: Client, root: Organisation, typed: str, keys: list[str]
) -> None:
    outcomes = [{"uk": letter} for letter in "абв"]
    course = factories.draft_course(
        root, languages=["uk"], outcomes=outcomes, outcome_keys=["a", "b", "c"]
    )
    sent = settings_form(desk, course) | {"outcomes_uk": typed}
    assert desk.post(f"/teaching/courses/{course.code}/settings/", sent).status_code == 302
    course.refresh_from_db()
    assert course.outcome_keys == keys
    assert [outcome["uk"] for outcome in course.outcomes] == typed.split("\n")
