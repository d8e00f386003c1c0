"""What belongs to somebody else: it answers as what does not exist, and no verb reaches it."""

import re
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from django.core.cache import cache
from django.db import connection, models, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from certificates.models import Certificate
from courses.models import Enrolment, LessonProgress
from lms.audit.models import AuditEntry
from lms.people import demo
from lms.people.models import User
from quizzes.models import Attempt, AttemptItem, ResponseSave
from tests import factories, worlds
from tests.worlds import PASSWORD, World

pytestmark = pytest.mark.once

ABSENT = UUID("00000000-0000-4000-8000-000000000000")
ADDRESSES = {
    "course": "/courses/{course}/",
    "enrol": "/courses/{course}/enrol/",
    "language": "/courses/{course}/language/",
    "lesson": "/courses/{course}/lessons/{reading}/",
    "quiz": "/courses/{course}/lessons/{quiz}/",
    "done": "/courses/{course}/lessons/{reading}/done/",
    "start": "/attempts/start/{course}/{quiz}/",
    "attempt": "/attempts/{attempt}/",
    "save": "/attempts/{attempt}/save/",
    "finish": "/attempts/{attempt}/finish/",
    "result": "/attempts/{failed}/result/",
    "certificate": "/certificates/{certificate}/file/",
    "file": "/files/{file}/{name}",
}
ASKED = [
    *((name, "GET") for name in ("course", "lesson", "quiz", "attempt", "finish", "result")),
    *((name, "GET") for name in ("certificate", "file")),
    *((name, "POST") for name in ("enrol", "language", "done", "start")),
    *((name, "POST") for name in ("attempt", "save", "finish")),
]
KEPT_OUT = (
    "away", "abroad", "trainer_elsewhere", "coordinator_elsewhere", "administrator_elsewhere",
    "operator",
)  # fmt: skip
VERBS = ("enrol", "language", "done", "start", "attempt", "save", "finish")


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[World]:
    with worlds.kept(django_db_blocker):
        yield worlds.build(tmp_path_factory.mktemp("media"))


@pytest.fixture(autouse=True)
def _files(world: World, settings, _media, db) -> None:
    settings.MEDIA_ROOT = world.media
    demo.is_demonstration()  # asked once a process: not by the first page that is counted


def real(world: World) -> dict[str, Any]:
    return {
        "course": world.course.code, "reading": world.reading.key, "quiz": world.quiz.key,
        "attempt": world.attempt.pk, "failed": world.failed.pk,
        "certificate": world.certificate.pk, "file": world.file.pk, "name": world.file.name,
    }  # fmt: skip


def no_such(world: World) -> dict[str, Any]:
    return real(world) | {
        "course": "DOC-99", "attempt": ABSENT, "failed": ABSENT, "certificate": ABSENT,
        "file": ABSENT,
    }  # fmt: skip


def answer(client: Client, method: str, url: str, data: dict[str, str]) -> dict[str, Any]:
    """All that a browser learns, but for what it said itself and what is drawn by lot."""
    cache.clear()
    with transaction.atomic(), CaptureQueriesContext(connection) as queries:
        response = client.post(url, data) if method == "POST" else client.get(url)
        transaction.set_rollback(True)
    reference = response["X-Request-ID"]
    del response["X-Request-ID"]
    body = response.content.decode().replace(reference, "REFERENCE").replace(url, "ADDRESS")
    return {
        "status": response.status_code,
        "headers": dict(response.headers),
        "cookies": sorted(response.cookies),
        "body": re.sub(r'(name="csrfmiddlewaretoken" value=)"\w+"', r"\1", body),
        "queries": len(queries),
    }


@pytest.mark.parametrize(("name", "method"), ASKED)
def test_not_yours_answers_as_no_such_thing(world, name, method):
    data = {"language": "be", "q": "1", "client": "tab", "seq": "1", "q1": "k1", "was-q1": "x"}
    wrong_name = real(world) | {"name": "other.svg"} if name == "file" else no_such(world)
    for who in KEPT_OUT:
        client = world.client(who)
        answers = [
            answer(client, method, ADDRESSES[name].format(**ids), data)
            for ids in (no_such(world), real(world), no_such(world), wrong_name)
        ]
        assert answers[1] == answers[0], who
        assert answers[2:] == answers[:2], who
        assert answers[0]["status"] == 404
        assert 'name="csrfmiddlewaretoken" value=' in answers[0]["body"]  # or nothing was taken out


def test_a_colleagues_attempt_answers_as_no_such_attempt(world):
    """He shares the course; the answers are no less hidden from him."""
    client = world.client("other")
    for name in ("attempt", "finish", "result", "certificate"):
        found = [
            answer(client, "GET", ADDRESSES[name].format(**ids), {})
            for ids in (no_such(world), real(world))
        ]
        assert found[0] == found[1], name
        assert found[0]["status"] == 404, name


# Verbs: nobody acts for the officer


def rows_of(officer: Any) -> dict[str, list[dict[str, Any]]]:
    """All that is kept of the officer's learning, and how many entries the audit log has of it."""
    mine: dict[type[models.Model], str] = {
        Enrolment: "officer",
        LessonProgress: "enrolment__officer",
        Attempt: "enrolment__officer",
        AttemptItem: "attempt__enrolment__officer",
        ResponseSave: "item__attempt__enrolment__officer",
        Certificate: "enrolment__officer",
    }
    kept = {
        model.__name__: list(
            model._default_manager.filter(**{path: officer}).order_by("pk").values()
        )
        for model, path in mine.items()
    }
    entries = AuditEntry.objects.filter(thing_type__in=[m._meta.label_lower for m in mine])
    return kept | {"entries": list(entries.values("pk"))}


def posts(world: World) -> dict[str, dict[str, str]]:
    """A form for each verb that would change something if its officer sent it."""
    nothing: dict[str, dict[str, str]] = {verb: {} for verb in VERBS}
    return nothing | {
        "language": {"language": "be"},
        "attempt": {"was-q1": "x", "q1": "k1", "flag-q1": "on", "language": "be", "go": "finish"},
        "save": {"q": "1", "client": "tab", "seq": "1", "q1": "k1"},
    }


def act(world: World, client: Client, verb: str) -> int:
    url = ADDRESSES[verb].format(**real(world))
    return client.post(url, posts(world)[verb]).status_code


@pytest.mark.parametrize("verb", VERBS)
def test_each_form_does_act_for_its_officer(world, verb):
    """Or the next test would prove nothing. Enrolled he is, and at an attempt: those stay."""
    before = rows_of(world.people.officer)
    assert act(world, world.client("officer"), verb) in {200, 302}
    changed = rows_of(world.people.officer) != before
    assert changed == (verb not in {"enrol", "start"})


@pytest.mark.parametrize("who", [who for who in worlds.WHO if who != "officer"])
def test_nobody_acts_for_the_officer(world, who):
    before = rows_of(world.people.officer)
    client = world.client(who)

    for verb in VERBS:
        status = act(world, client, verb)
        assert status in {302, 401, 403, 404}, verb

    after = rows_of(world.people.officer)
    if who == "other":  # who may enrol, himself
        after["entries"] = before["entries"]
        assert Enrolment.objects.filter(officer=world.people.other).count() == 1
    assert after == before


def test_a_verb_upon_the_common_course_reaches_ones_own_enrolment(world):
    other = factories.enrolled(world.people.other, world.course)
    before = rows_of(world.people.officer) | {"entries": []}
    client = world.client("other")

    assert act(world, client, "done") == 302
    assert act(world, client, "language") == 302
    assert act(world, client, "start") == 302

    assert rows_of(world.people.officer) | {"entries": []} == before
    assert other.progress.count() == other.attempts.count() == 1


# Ids that do not belong together


@pytest.fixture
def second(world: World) -> Enrolment:
    """The officer's enrolment in another course with a quiz."""
    course = factories.published_course(world.course.owner, code="DOC-02")
    return factories.enrolled(world.people.officer, course)


Send = Callable[..., int]


@pytest.fixture
def send(world: World) -> Send:
    client = world.client("officer")
    return lambda path, data=None: client.post(path, data or {}).status_code


def test_a_lesson_of_another_course(world, second, send):
    before = rows_of(world.people.officer)
    foreign = second.course.lessons.order_by("position")[0]
    quiz = second.course.lessons.get(kind="quiz")
    code = world.course.code

    assert send(f"/courses/{code}/lessons/{foreign.key}/done/") == 404
    assert send(f"/courses/{code}/lessons/no-such-lesson/done/") == 404
    assert send(f"/attempts/start/{code}/{quiz.key}/") == 302  # back to the course, with a sentence
    assert send(f"/attempts/start/{code}/{world.reading.key}/") == 302

    assert rows_of(world.people.officer) == before


def test_a_quiz_is_not_marked_done_by_hand(world, send):
    before = rows_of(world.people.officer)
    assert send(f"/courses/{world.course.code}/lessons/{world.quiz.key}/done/") == 403
    assert rows_of(world.people.officer) == before


@pytest.mark.parametrize(
    "wrong",
    [
        {"q": "99"}, {"q": "0"}, {"q": "-1"}, {"q": "1.5"}, {"q": ""}, {"q": "9" * 30},
        {"seq": ""}, {"seq": "-1"}, {"seq": "9" * 19}, {"seq": "x"},
        {"client": ""}, {"client": "x" * 65}, {"client": "a\0b"},
    ],
)  # fmt: skip
def test_a_save_that_names_nothing_of_the_attempt(world, send, wrong):
    before = rows_of(world.people.officer)
    data = {"q": "1", "client": "tab", "seq": "1", "q1": "k1"} | wrong
    assert send(f"/attempts/{world.attempt.pk}/save/", data) in {400, 404}
    assert rows_of(world.people.officer) == before


def test_ids_of_one_kind_in_the_place_of_another(world, send):
    before = rows_of(world.people.officer)
    for pk in (world.enrolment.pk, world.certificate.pk, world.file.pk):
        for verb in ("", "save/", "finish/"):
            assert send(f"/attempts/{pk}/{verb}") == 404
    client = world.client("officer")
    for pk in (world.enrolment.pk, world.certificate.enrolment_id, world.attempt.pk):
        assert client.get(f"/certificates/{pk}/file/").status_code == 404
        assert client.get(f"/files/{pk}/{world.file.name}").status_code == 404
    assert rows_of(world.people.officer) == before


def test_a_closed_attempt_takes_nothing_more(world, send):
    before = rows_of(world.people.officer)
    data = {"q": "1", "client": "tab", "seq": "1", "q1": "k1"}
    assert send(f"/attempts/{world.failed.pk}/save/", data) == 409
    assert send(f"/attempts/{world.failed.pk}/", {"was-q1": "x", "q1": "k1"}) == 302
    assert send(f"/attempts/{world.failed.pk}/finish/") == 302
    assert rows_of(world.people.officer) == before


def test_the_words_of_an_answer_are_not_believed(world, send):
    """Choices that the question does not have are no answer."""
    data = {"q": "1", "client": "tab", "seq": "1", "q1": "a"}  # as the author calls it
    assert send(f"/attempts/{world.attempt.pk}/save/", data) == 200
    assert AttemptItem.objects.get(pk=world.first_item.pk).response == {}


@pytest.mark.parametrize(
    "url",
    [
        "/files/{file}/a%00b", "/files/{file}/%D2%90", "/certificates/verify/%00/",
        "/courses/?q=%00", "/courses/?q=%ED%A0%80", "/courses/?page=%00&size=%00",
        "/attempts/{attempt}/?page=%00", "/certificates/verify/?serial=%00",
        "/sign-in/?next=%00", "/courses/{course}/?x=%00",
    ],
)  # fmt: skip
def test_no_address_breaks_a_page(world, url):
    response = world.client("officer").get(url.format(**real(world)))
    assert response.status_code < 500


def test_what_was_kept_of_one_person_is_not_saved_for_the_next(world):
    """The session ended in the middle of an attempt, and a colleague signs in at the PC."""
    his = factories.started(factories.enrolled(world.people.other, world.course))
    before = rows_of(world.people.officer) | {"entries": []}
    client = world.client("stranger")
    act(world, client, "attempt")

    client.post("/sign-in/", {"login": world.people.other.login, "password": PASSWORD})
    assert client.get(f"/attempts/{world.attempt.pk}/").status_code == 404
    assert client.get(f"/attempts/{his.pk}/").status_code == 200

    assert not ResponseSave.objects.filter(item__attempt=his).exists()
    assert rows_of(world.people.officer) | {"entries": []} == before


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"]
)
def test_no_form_leads_out_of_the_site(world, back):
    client = world.client("officer")
    for url in ("/language/", f"/courses/{world.course.code}/language/"):
        response = client.post(url, {"language": "be", "next": back})
        assert response["Location"].startswith("/")
        assert not response["Location"].startswith("//")


def test_an_operator_with_a_role_acts_for_nobody_either(world):
    """Django says yes to whatever a superuser asks; of things the rules are asked all the same."""
    coordinator = world.people.coordinator
    User.objects.filter(pk=coordinator.pk).update(is_superuser=True)
    client = world.client("coordinator")
    before = rows_of(world.people.officer)

    found = {verb: act(world, client, verb) for verb in VERBS}

    assert found == dict.fromkeys(VERBS, 403) | {"language": 302}
    assert rows_of(world.people.officer) == before
