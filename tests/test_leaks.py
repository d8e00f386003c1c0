"""Nothing of one service reaches anybody of another: every page, search, file and mail is read."""

import gzip
import os
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote, urldefrag, urlencode, urljoin, urlsplit
from zipfile import ZipFile

import pytest
from django.apps import apps
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Model
from django.http import HttpResponse
from django.test import Client
from django.urls import NoReverseMatch, resolve, reverse
from django.utils.html import escape
from pypdf import PdfReader

from certificates.models import Certificate
from certificates.tasks import finish_certificate
from courses import lesson_kinds
from courses.models import (
    Assignment,
    CalendarFeed,
    Course,
    CourseFile,
    Enrolment,
    Guide,
    Lesson,
    PracticalItem,
    Term,
)
from lms.people.invitations import token_for
from lms.people.models import Job, Organisation, PersonRequest, StaffImport, User
from lms.privacy.models import DataExport
from lms.reports.bulk import ACTIONS
from quizzes.models import Attempt, Question, QuestionBank
from tests import factories, marks, worlds
from tests.marks import SHARED_CODE, STEM, Service
from tests.test_access import ROWS

pytestmark = pytest.mark.production
MARKS = {"UA": "qzxmarkua", "BY": "qzxmarkby"}
# The services are twins, so one is crawled for marks of the other.
HERE, THERE = ("BY", "UA") if "TEST_DATABASE_URL" in os.environ else ("UA", "BY")
OFFICERS = ("officer", "out of attempts", "certified")
ROLES = (*OFFICERS, "newcomer", "trainer", "coordinator", "administrator")
ENOUGH = 800  # pages of one crawl: more means that it runs in a circle
VARIANTS = 6  # links with a querystring that are followed to one view: lists sort and filter
A_FEW = 3  # things of one kind whose addresses are asked for; what a page links to is read anyhow


@dataclass
class Instance:
    services: dict[str, Service]
    media: Path
    crawls: "dict[tuple[str, str], Crawl]" = field(default_factory=dict)

    def crawl(self, here: str, who: str) -> "Crawl":
        """Read once, for all tests; what it changes is rolled back with the first of them."""
        if (here, who) not in self.crawls:
            own = self.services[here]
            (other,) = (service for service in self.services.values() if service is not own)
            self.crawls[here, who] = crawl(own, other, who)
        return self.crawls[here, who]


@pytest.fixture(scope="module")
def instance(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[Instance]:
    media = tmp_path_factory.mktemp("media")
    with worlds.kept(django_db_blocker):
        yield Instance({code: marks.build(MARKS[code], code, media) for code in MARKS}, media)


@pytest.fixture(autouse=True)
def _files(instance: Instance, settings, _media, db) -> None:
    settings.MEDIA_ROOT = instance.media
    settings.VERIFY_RATE = 10_000


class Links(HTMLParser):
    """The addresses that a page names and a browser would GET."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and given.get("method", "get").lower() != "get":
            return
        self.found |= {given[name] for name in ("href", "src", "action", "data") if given.get(name)}


def words_of(response: HttpResponse) -> str:
    """Head and body as one text: what is packed unpacked, of a PDF or a workbook what it says."""
    body = response.getvalue()
    if response.headers.get("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    head = "\n".join(f"{name}: {value}" for name, value in response.items())
    text = f"{response.status_code}\n{head}\n{response.cookies.output()}\n"
    text += body.decode("utf-8", "backslashreplace")
    if body.startswith(b"%PDF"):
        reader = PdfReader(BytesIO(body))
        text += str(reader.metadata) + "".join(page.extract_text() for page in reader.pages)
    if body.startswith(b"PK"):
        with ZipFile(BytesIO(body)) as parts:
            contents = [parts.read(name) for name in parts.namelist()]
        text += "".join(content.decode("utf-8", "backslashreplace") for content in contents)
    return text


@dataclass
class Crawl:
    """All that one person gets to read, by address."""

    client: Client
    pages: dict[str, str] = field(default_factory=dict)
    views: set[str] = field(default_factory=set)
    followed: dict[str, set[str]] = field(default_factory=dict)  # view → addresses
    refused: set[str] = field(default_factory=set)  # paths, whatever is asked of them

    def get(self, url: str) -> set[str]:
        """Read a page and note it; the addresses of ours that it names."""
        response = self.client.get(url, headers={"accept-encoding": "gzip"})
        words = words_of(response)
        self.pages[url] = words.casefold()
        if response.status_code == 403:
            self.refused.add(urlsplit(url).path)
        if response.status_code == 200:
            self.views.add(resolve(urlsplit(url).path).view_name)
        found = {response["Location"]} if response.has_header("Location") else set()
        if response.headers.get("Content-Type", "").startswith("text/html"):
            found |= Links(words).found
        absolute = {urldefrag(urljoin(f"http://testserver{url}", link)).url for link in found}
        parts = [urlsplit(link) for link in absolute]
        return {
            p._replace(scheme="", netloc="").geturl()
            for p in parts
            if p.netloc == "testserver" and not p.path.startswith("/static/")
        }

    def from_here(self, *seeds: str) -> None:
        """Follow every link, breadth first; of those with a querystring so many to a view."""
        queue = deque(seeds)
        while queue:
            url = queue.popleft()
            if url in self.pages or urlsplit(url).path in self.refused:
                continue
            found = sorted(self.get(url) - self.pages.keys())
            queue.extend(link for link in found if self.is_worth_a_look(link))
            assert len(self.pages) < ENOUGH, sorted(self.pages)

    def is_worth_a_look(self, url: str) -> bool:
        path, _mark, query = url.partition("?")
        if not query:
            return True
        known = self.followed.setdefault(resolve(path).view_name, set())
        if len(known) < VARIANTS:
            known.add(url)
        return url in known

    def ask(self, url: str) -> None:
        """Read an address that is not this service's: what it names itself is no leak."""
        self.get(url)
        self.pages[url] = without(url, self.pages[url])

    def post(self, url: str, data: dict[str, Any]) -> None:
        words = words_of(self.client.post(url, data)).casefold()
        self.pages[f"POST {url}"] = without(url, words)


def without(url: str, words: str) -> str:
    """What an answer says beside the address that was asked for."""
    for said in (url, quote(url), quote(url, safe="")):
        words = words.replace(escape(said).casefold(), "").replace(said.casefold(), "")
    return words


def plain_routes() -> list[str]:
    found = []
    for row in ROWS:
        try:
            found.append(reverse(row.name.replace("*", "index")))
        except NoReverseMatch:
            continue
    return found


def attempts_of(service: Service) -> list[Attempt]:
    """One of each officer's and state."""
    rows = service.rows(Attempt).order_by("started_at")
    return list({(row.enrolment_id, row.is_open): row for row in rows}.values())


def addresses_of(service: Service) -> list[str]:
    """An address for each kind of thing of a service, and for a few things of it."""
    return [*studied_in(service), *written_by(service), *answered_for(service)]


def studied_in(service: Service) -> list[str]:
    """What officers have: courses, attempts, files, certificates."""
    found = [*map(page_of_course, codes_of(service))]
    for row in attempts_of(service):
        found += [f"/attempts/{row.pk}/{page}" for page in ("", "finish/", "result/")]
    found += [f"/files/{file.pk}/{file.name}" for file in service.rows(CourseFile)]
    return found + [f"/certificates/{pk}/file/" for pk in keys_of(service, Certificate)]


def codes_of(service: Service) -> list[str]:
    """The codes of its courses but the one that both services have."""
    codes = service.rows(Course).exclude(code=SHARED_CODE).order_by("pk")
    return list(codes.values_list("code", flat=True))


def keys_of(service: Service, model: type[Model], most: int = A_FEW) -> list[Any]:
    return list(service.rows(model).order_by("pk").values_list("pk", flat=True)[:most])


def page_of_course(code: str) -> str:
    return f"/courses/{code}/"


def a_lesson_a_kind(service: Service) -> list[Lesson]:
    """The first of each kind."""
    rows = service.rows(Lesson).select_related("course", "module").order_by("-pk")
    return list({row.kind: row for row in rows}.values())


def a_question_a_bank(service: Service) -> list[Question]:
    return list({row.bank_id: row for row in service.rows(Question).order_by("-pk")}.values())


def ticked(service: Service) -> list[str]:
    """What stands for an officer's checklist in an address."""
    key = service.rows(PracticalItem).earliest("pk").lesson.key
    rows = service.rows(Enrolment).filter(ticks__isnull=False)
    return [f"{row.pk}/{key}" for row in rows]


def written_by(service: Service) -> list[str]:
    """What trainers write: courses, lessons, texts, banks, questions, quizzes; what they tick."""
    found = []
    for code in codes_of(service):
        pages = ("", "settings/", "publish/", "preview/", "translations/", "guide/")
        found += [f"/teaching/courses/{code}/{page}" for page in pages]
        found.append(reverse("teaching:lesson-text", args=[code, Guide.KEY]))
    for lesson in a_lesson_a_kind(service):
        course, kind = lesson.course.code, lesson_kinds.get(lesson.kind)
        names = ["teaching:lesson", "teaching:preview-lesson", kind.editor, kind.trial]
        if lesson.kind == "quiz":
            names.append("banks:pick")
        found += [reverse(name, args=[course, lesson.key]) for name in names if name]
        found.append(reverse("teaching:module", args=[course, lesson.module.key]))
        if lesson.kind == "reading":
            found.append(reverse("teaching:text-history", args=[course, lesson.key, "uk"]))
    for pk in keys_of(service, QuestionBank):
        found += [f"/teaching/banks/{pk}/", f"/teaching/banks/{pk}/new/"]
    found += [f"/glossary/terms/{key}/" for key in service.rows(Term).values_list("key", flat=True)]
    for question in a_question_a_bank(service):
        address = f"/teaching/banks/questions/{question.pk}/"
        found += [address, f"{address}history/"]
    return found + [f"/teaching/practical/{which}/" for which in ticked(service)]


def answered_for(service: Service) -> list[str]:
    """What coordinators see: units, people, what they take, assignments, lists, jobs."""
    (unit,) = keys_of(service, Organisation, 1)
    course = codes_of(service)[0]
    lists = ("", "overview/", "officers/", "enrolments/", "certificates-expiring/")
    found = [f"/{page}?unit={unit}" for page in lists]
    found += [f"/{page}/?course={course}" for page in ("officers", "enrolments", "protocol")]
    found += [f"/protocol.pdf?course={course}", f"/protocol/?course={SHARED_CODE}&unit={unit}"]
    for pk in (*keys_of(service, User), service.people["administrator"].pk):
        found += [f"/officers/{pk}/", f"/staff/{pk}/"]
    found.append(f"/staff/{service.people['gone'].pk}/erasure/")
    found += [f"/account/data/{pk}/" for pk in keys_of(service, DataExport)]
    for row in enrolments_of(service):
        acts = ("extend", "cancel", f"grant/{a_quiz(service).key}")
        found += [f"/officers/{row.officer_id}/{row.pk}/{act}/" for act in acts]
    found += [f"/assignments/{pk}/" for pk in keys_of(service, Assignment)]
    found.append(f"/assignments/new/?unit={unit}&course={published_of(service).pk}&due=none")
    found += [f"/jobs/{pk}/" for pk in keys_of(service, Job)] + [codes_sheet(service)]
    for pk in keys_of(service, StaffImport):
        pages = ("", "columns/", "rejected.csv", "rejected.xlsx")
        found += [f"/staff/import/{pk}/{page}" for page in pages]
        found.append(f"/officers/?staff_list={pk}")
    return found + [f"/bulk/confirm/?{query}" for query in selections(service)]


def enrolments_of(service: Service) -> list[Enrolment]:
    """One of each state."""
    rows = service.rows(Enrolment).order_by("enrolled_at", "pk")
    return list({row.state(): row for row in rows}.values())


def codes_sheet(service: Service) -> str:
    return f"/jobs/{service.rows(Job).get(kind='people.codes').pk}/codes/"


def a_quiz(service: Service) -> Lesson:
    return service.rows(Lesson).filter(kind="quiz").earliest("pk")


def published_of(service: Service) -> Course:
    """One that is not the shared one."""
    return service.rows(Course).filter(status="published").exclude(code=SHARED_CODE).earliest("pk")


def selections(service: Service) -> list[str]:
    """Each list's rows chosen for each thing that is done to many."""
    models = {"officers": User, "enrolments": Enrolment, "certificates": Certificate}
    keys = {of: keys_of(service, model, 100) for of, model in models.items()}
    return [
        urlencode({"of": of, "action": code, "pick": ".".join(map(str, keys[of]))})
        for of, code in ACTIONS
    ]


def secrets_of(service: Service) -> list[str]:
    """What opens to anybody who has it: only the own ones are read."""
    feed, newcomer = service.rows(CalendarFeed).get(), service.people["newcomer"]
    return [
        reverse("calendar:feed", args=[feed.secret]),
        reverse("invitation", args=[token_for(User.objects.get(pk=newcomer.pk))]),
    ]


LISTS = ("officers", "enrolments", "certificates-expiring", "audit")
SEARCHES = [
    *(f"/courses/?q={STEM}&state={state}" for state in ("", "open", "mine", "completed")),
    *(f"/courses/?q={STEM}&language={code}" for code in ("uk", "be", "ru", "en")),
    "/courses/?page=2", "/officers/?page=2", "/teaching/?page=2", "/officers/?size=100",
    f"/courses/?q={STEM[:4]}&size=100", f"/teaching/?q={STEM}",
    f"/certificates/verify/?serial={STEM}",
    *(f"/{page}/?q={STEM}&size=100" for page in LISTS),
    *(f"/{page}/export.{kind}?q={STEM}" for page in LISTS for kind in ("csv", "xlsx")),
    *(f"/{page}/export.{kind}" for page in LISTS for kind in ("csv", "xlsx")),
    *(f"/officers/?q={STEM}&account={state}" for state in ("never", "closed")),
    *(f"/enrolments/?q={STEM}&state={state}" for state in ("overdue", "completed", "cancelled")),
    "/audit/?verb=request.made", "/audit/?before=999999999",
    *(f"/staff/?q={STEM}&role={role}" for role in ("", "officer", "none", "closed")),
    f"/staff/requests/?q={STEM}", "/staff/requests/?show=settled",
    "/staff/import/template.csv", "/staff/import/template.xlsx",
    f"/teaching/banks/?q={STEM}", f"/teaching/practical/?q={STEM}",
    f"/jobs/?q={STEM}", f"/assignments/?q={STEM}", f"/protocol/?course={SHARED_CODE}&everyone=on",
    f"/protocol.pdf?course={SHARED_CODE}&everyone=on",
]  # fmt: skip


def forms_of(service: Service) -> list[tuple[str, dict[str, Any]]]:
    """What is done to the things of another service, as its own people would."""
    (unit,) = keys_of(service, Organisation, 1)
    enrolment = service.rows(Enrolment).live().earliest("pk")
    officer, course = enrolment.officer_id, published_of(service)
    day, why = {"due_on": "2199-12-30"}, {"reason": "x"}
    of_enrolment = f"/officers/{officer}/{enrolment.pk}"
    quiz, question = a_quiz(service), a_question_a_bank(service)[0]
    lesson = next(row for row in a_lesson_a_kind(service) if row.kind == "reading")
    outline = f"/teaching/courses/{course.code}"
    text = f"/teaching/courses/{lesson.course.code}/lessons/{lesson.key}/text"
    (sent,) = keys_of(service, StaffImport, 1)
    asked = f"/teaching/banks/questions/{question.pk}/"
    return [
        (f"{of_enrolment}/extend/", day | why), (f"{of_enrolment}/cancel/", why),
        (f"{of_enrolment}/remind/", {}), (f"{of_enrolment}/grant/{quiz.key}/", why),
        (f"/staff/{officer}/discharge/", {"discharge-leaves_on": "2199-01-01"}),
        (f"/staff/{officer}/role/", {"role-role": "trainer", "role-unit": unit}),
        (f"/staff/{service.people['gone'].pk}/erasure/", {"reason": "x", "is_meant": "on"}),
        (f"/staff/{officer}/edit/", {"edit-family_name": "x", "edit-given_name": "x"}),
        (f"/staff/{officer}/account/", {"by": "paper"}),
        ("/staff/new/", {"number": "1", "family_name": "x", "given_name": "x", "unit": unit}),
        ("/staff/import/", {"unit": unit, "file": SimpleUploadedFile("a.csv", b"number\n1")}),
        *((f"/staff/import/{sent}/{act}/", {}) for act in ("columns", "apply", "undo")),
        *((f"/staff/requests/{pk}/settled/", {}) for pk in keys_of(service, PersonRequest)),
        (f"{codes_sheet(service)}printed/", {}),
        *((f"/assignments/{pk}/end/", {"enrolments": "stay"})
          for pk in keys_of(service, Assignment)),
        (f"/assignments/new/?unit={unit}&course={course.pk}&due=none", {"seen": "0-0-0-0"}),
        *((f"/bulk/confirm/?{query}", {"course": course.pk, "seen": "1:"})
          for query in selections(service)),
        (f"{outline}/settings/", {"title_uk": "x"}), (f"{outline}/archive/", {}),
        (f"{outline}/arrange/", {"duplicate": f"lesson {lesson.key}", "token": "abcdefgh"}),
        (f"{outline}/publish/", {"seen": "x"}),
        (f"{text}/?to=uk", {"title": "x", "body": "x", "base": "1"}),
        (f"{text}/uk/draft/save/", {"title": "x", "body": "x"}),
        (f"{text}/uk/away/", {}), (f"{text}/uk/restore/", {"version": "1"}),
        (f"{asked}restore/", {"version": "1"}), (f"{asked}retire/", {}),
        (f"/teaching/banks/{question.bank_id}/preview/", {"type": "single"}),
        ("/teaching/banks/", {"title": "x", "owner": unit}),
        (reverse("banks:quiz", args=[quiz.course.code, quiz.key]), {"act": "order"}),
        *((f"/teaching/practical/{which}/", {"tick-lamp": "on"}) for which in ticked(service)),
    ]  # fmt: skip


def own_addresses(service: Service, who: str) -> list[str]:
    """What the person may reach of his own service, and some of what he may not."""
    found = studied_in(service)
    if who in {"trainer", "administrator"}:
        found += written_by(service)
    if who in {"coordinator", "administrator"}:
        found += answered_for(service)
    return found


def crawl(own: Service, other: Service, who: str) -> Crawl:
    """Everything that the person can think of: links, searches, forms, addresses of the other's."""
    found = Crawl(Client())
    if who != "stranger":
        found.client.force_login(own.people[who])
    plain = [url for url in plain_routes() if url != reverse("account_logout")]
    found.from_here("/", *plain, *SEARCHES)
    if who != "stranger":
        found.from_here(*own_addresses(own, who), *secrets_of(own))
    for url in addresses_of(other) if who != "stranger" else addresses_of(own):
        found.ask(url)
    for url in (f"/courses/{SHARED_CODE}/enrol/", f"/courses/{SHARED_CODE}/language/"):
        found.post(url, {"language": "be"})
    for attempt in (*attempts_of(own), *attempts_of(other)[-1:]):
        for verb in ("save/", "", "finish/"):
            data = {"q": "1", "client": "tab", "seq": "7", "q1": "k1", "was-q1": "x"}
            found.post(f"/attempts/{attempt.pk}/{verb}", data)
    for url, data in forms_of(other):
        found.post(url, data)
    found.pages = {f"{url} before": text for url, text in found.pages.items()}
    if who in OFFICERS:  # whose forms did something
        for url in ("/", "/certificates/", *studied_in(own)):
            found.get(url)
    elif who != "stranger":  # whose forms must have done nothing
        for url in AFTER:
            found.get(url)
    found.get(reverse("account_logout"))
    return found


AFTER = (
    "/", "/officers/", "/enrolments/", "/audit/", "/staff/", "/staff/requests/", "/staff/import/",
    "/jobs/", "/assignments/", "/teaching/", "/teaching/banks/", "/teaching/practical/",
)  # fmt: skip
SEES = {
    "stranger": set(),
    "officer": {
        "course-title", "course-summary", "course-outcomes", "course-level", "course-code",
        "module-title", "lessontext-title", "lessontext-html", "lesson-title", "drawing-words",
        "questionversion-body", "organisation-name", "user-familyname", "user-login",
        "practicalitem-text", "practicaltick-note",
    },
    "out of attempts": {"user-familyname", "user-email", "questionversion-body"},
    "certified": {
        "certificate-revokedreason", "coursefile-name", "user-familynamelatin", "user-givenname",
        "organisation-name", "course-code",
    },
    "newcomer": {"user-givennamelatin", "user-familynamelatin"},
    "trainer": {
        "course-title", "course-code", "lessontext-html", "lessontext-title", "drawing-words",
        "module-title", "practicalitem-text", "practicaltick-note", "question-tags",
        "questionbank-title", "questionversion-body", "textdraft-body", "textdraft-title",
        "guidetext-html", "guidetext-title", "guidedraft-body", "guidedraft-title",
        "user-familyname", "organisation-name",
    },
    "coordinator": {
        "user-familyname", "user-login", "organisation-name", "organisation-code", "course-title",
        "attemptgrant-reason", "auditentry-after", "importrow-before", "importrow-errors",
        "jobitem-result", "job-params", "staffimport-headers", "staffimport-name",
    },
    "administrator": {
        "user-familyname", "user-login", "organisation-name", "course-title", "attemptgrant-reason",
        "auditentry-actorname", "auditentry-after", "auditentry-thingname", "drawing-words",
        "personrequest-data", "personrequest-note", "questionbank-title", "questionversion-body",
        "practicaltick-note",
    },
}  # fmt: skip


@pytest.mark.parametrize("who", [*ROLES, "stranger"])
def test_no_mark_of_the_other_service_is_seen(instance, who):
    own, other = instance.services[HERE], instance.services[THERE]

    found = instance.crawl(HERE, who)

    leaks = {url: text for url, text in found.pages.items() if other.mark in text}
    assert leaks.keys() == set()
    seen = set().union(*(marks.seen_in(text, own.mark) for text in found.pages.values()))
    assert seen >= SEES[who]  # or the crawl would prove nothing
    assert who != "stranger" or not seen
    if who not in {"trainer", "administrator"}:
        assert not {name for name in seen if name.startswith("guide")}


def test_every_text_column_is_planted(instance):
    for service in instance.services.values():
        assert service.holes() == set()


def test_what_is_called_a_code_is_a_text_column():
    names = {
        f"{model._meta.label}.{column.name}"
        for model in apps.get_models()
        for column in model._meta.concrete_fields
    }
    assert marks.CODES.keys() <= names


def test_the_crawls_open_every_page_there_is(instance):
    """Those of no role apart: the operator's, and what only a link of a mail opens."""
    opened = set().union(*(instance.crawl(HERE, who).views for who in (*ROLES, "stranger")))
    read = {row.name for row in ROWS if row.method == "GET" and "200" in row.cells.values()}
    assert read - opened == {"admin:*"}


@pytest.mark.parametrize("who", ["coordinator", "administrator"])
def test_files_are_read_as_pages_are(instance, who):
    """The lists as CSV and as workbooks, which are packed, and the paper of a group's results."""
    own, pages = instance.services[HERE], instance.crawl(HERE, who).pages
    lists = [page for page in LISTS if page != "audit" or who == "administrator"]
    for url in (
        *(f"/{page}/export.{kind}" for page in lists for kind in ("csv", "xlsx")),
        f"/protocol.pdf?course={SHARED_CODE}&everyone=on",
    ):
        assert "user-familyname" in marks.seen_in(pages[f"{url} before"], own.mark), url


@pytest.mark.parametrize(("here", "there"), [("UA", "BY"), ("BY", "UA")])
def test_no_mail_carries_a_mark_of_the_other_service(instance, here, there):
    own, other = instance.services[here], instance.services[there]
    officer = own.people["officer"]
    shared = own.rows(Course).get(code=SHARED_CODE)

    enrolment = factories.completed(Enrolment.objects.get(officer=officer, course=shared))
    finish_certificate(str(Certificate.objects.get(enrolment=enrolment).pk))
    for address in (officer.email, "nobody@example.org"):
        assert Client().post("/password/", {"email": address}).status_code == 302

    sent = [message.message().as_bytes().decode() for message in mail.outbox]
    read = [f"{message.subject} {message.body} {message.recipients()}" for message in mail.outbox]
    assert len(sent) == 3
    assert not [text for text in sent + read if other.mark in text.casefold()]
    assert marks.seen_in(" ".join(read), own.mark) >= {"course-title", "user-email"}
