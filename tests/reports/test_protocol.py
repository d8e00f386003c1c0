"""The protocol of a group's results, on the page and as a PDF."""

import io
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from certificates.models import Certificate
from courses.models import Enrolment
from lms.audit.models import AuditEntry
from lms.people.models import Membership, User
from lms.reports import protocol as module
from tests import factories

pytestmark = pytest.mark.django_db


class Group:
    """A unit with a coordinator; two have completed the course, a third has not."""

    def __init__(self) -> None:
        self.root = factories.service("UA")
        self.post = factories.unit(self.root)
        self.coordinator = factories.coordinator(self.post, language="en")
        self.course = factories.published_course(self.root, code="C-1", readings=1, questions=2)
        names = ("Ґудзь", "Їжак", "Щербань")
        self.people = [factories.officer(self.post, family_name=name) for name in names]
        rows = [factories.enrolled(one, self.course) for one in self.people]
        self.done = [factories.completed(row) for row in rows[:2]]
        self.client = Client()
        self.client.force_login(self.coordinator)

    def page(self, **query: str):
        return self.client.get(reverse("reports:protocol"), {"course": "C-1"} | query)

    def pdf(self, **query: str) -> PdfReader:
        response = self.client.get(reverse("reports:protocol-pdf"), {"course": "C-1"} | query)
        assert response["Content-Type"] == "application/pdf"
        return PdfReader(io.BytesIO(response.content))


@pytest.fixture
def group() -> Group:
    return Group()


def test_without_a_course_it_asks_for_one(group):
    response = group.client.get(reverse("reports:protocol"))
    assert "protocol" not in response.context
    assert group.client.get(reverse("reports:protocol-pdf")).status_code == 302


def test_the_page_lists_results_and_certificates(group):
    response = group.page()
    paper = response.context["protocol"]
    serials = [Certificate.objects.get(enrolment=row).shown_serial for row in group.done]
    assert [line.name.split()[0] for line in paper.lines] == ["Ґудзь", "Їжак"]
    assert [line.serial for line in paper.lines] == serials
    assert [line.result for line in paper.lines] == [100, 100]
    assert (paper.completed, paper.mean) == (2, 100)


def test_everyone_is_listed_on_request(group):
    lines = group.page(everyone="on").context["protocol"].lines
    assert [line.completed_on is None for line in lines] == [False, False, True]


def test_a_period_counts_whole_days(group):
    today = timezone.localdate()
    yesterday = (today - timedelta(days=1)).isoformat()

    def number(**query: str) -> int:
        return len(group.page(**query).context["protocol"].lines)

    assert number(completed_from=today.isoformat(), completed_to=today.isoformat()) == 2
    assert number(completed_to=yesterday) == 0
    assert number(completed_to=yesterday, everyone="on") == 1


def test_the_pdf_says_the_same_with_its_fonts_in_it(group):
    reader = group.pdf(everyone="on")
    text = " ".join(page.extract_text() for page in reader.pages).replace("\n", " ")
    for words in ("Ґудзь", "Їжак", "Щербань", "100 %", "not completed", "page 1 of 1",
                  "Head of the commission", "(C-1)"):  # fmt: skip
        assert words in text, words
    for row in group.done:
        assert Certificate.objects.get(enrolment=row).shown_serial in text
    fonts = {
        str(font.get_object()["/BaseFont"])
        for page in reader.pages
        for font in page["/Resources"]["/Font"].values()
    }
    assert fonts
    assert all("+PT" in font for font in fonts), fonts


def test_a_long_protocol_repeats_its_head_on_each_page(group):
    row = group.done[0]
    values = {f.attname: getattr(row.officer, f.attname) for f in User._meta.concrete_fields}
    people = User.objects.bulk_create(
        User(**values | {"id": None, "login": f"ua-many-{number}"}) for number in range(90)
    )
    Membership.objects.bulk_create(
        Membership(user=one, organisation=group.post, role="officer") for one in people
    )
    Enrolment.objects.bulk_create(
        Enrolment(
            officer=one, course=group.course, language="uk", enrolled_at=row.enrolled_at,
            completed_at=row.completed_at, completed_revision_id=row.completed_revision_id,
        )
        for one in people
    )  # fmt: skip
    reader = group.pdf()
    texts = [page.extract_text() for page in reader.pages]
    assert len(texts) > 2
    assert all("Certificate" in text for text in texts[:-1])
    assert f"page {len(texts)} of {len(texts)}" in texts[-1]
    assert "Head of the commission" in texts[-1]


def test_signs_that_the_fonts_lack_and_markup_break_nothing(group):
    User.objects.filter(pk=group.people[0].pk).update(family_name="<b>名 & 😀")
    (first, *_rest) = group.page().context["protocol"].lines
    text = group.pdf().pages[0].extract_text()
    assert "<b>? & ?" in text.replace("\n", " ")
    assert first.name.startswith("<b>") or _rest


def test_nobody_elsewhere(group):
    elsewhere = Client()
    elsewhere.force_login(factories.coordinator(factories.unit(group.root), language="en"))
    page = elsewhere.get(reverse("reports:protocol"), {"course": "C-1", "everyone": "on"})
    assert page.context["protocol"].lines == ()
    asked = {"course": "C-1", "unit": group.post.pk}
    for name in ("protocol", "protocol-pdf"):
        assert elsewhere.get(reverse(f"reports:{name}"), asked).status_code == 404


def test_too_many_are_refused_rather_than_cut_short(group, monkeypatch):
    monkeypatch.setattr(module, "LONGEST", 1)
    assert group.page().context["too_many"]
    answer = group.client.get(reverse("reports:protocol-pdf"), {"course": "C-1"})
    assert answer["Location"] == reverse("reports:protocol") + "?course=C-1"


def test_the_log_knows_of_the_paper(group):
    group.pdf()
    (entry,) = AuditEntry.objects.filter(verb="export.made")
    assert entry.after == {"list": "protocol", "format": "pdf", "filters": "course=C-1", "rows": 2}
