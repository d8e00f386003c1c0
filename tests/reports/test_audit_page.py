"""The audit page: whose entries, found how, said in which words."""

import ast
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from lms.audit.actions import record
from lms.audit.models import AuditEntry
from lms.people.models import Organisation, User
from lms.reports.audit import FIELDS, VERBS, changes, kind_name, verb_name
from lms.reports.views.audit import PAGE
from tests import factories

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def root(db: None) -> Organisation:
    return factories.service("UA")


@pytest.fixture
def administrator(root: Organisation) -> User:
    return factories.administrator(root, language="en", family_name="Яворська")


def browser(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def entries(reader: User, **query: object) -> list[AuditEntry]:
    response = browser(reader).get(reverse("reports:audit"), query)
    assert response.status_code == 200
    return [row["entry"] for row in response.context["listed"]]


def recorded() -> set[str]:
    """The verbs in the source: what `record` is given, and what looks like one beside it."""
    nouns = {verb.partition(".")[0] for verb in VERBS} - {"people"}  # so are permissions named
    found = set()
    for app in ("lms", "courses", "quizzes", "certificates"):
        for path in (ROOT / app).rglob("*.py"):
            source = path.read_text(encoding="utf-8")
            if "audit.actions import record" not in source:
                continue
            for node in ast.walk(ast.parse(source)):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "record":
                    found |= {*constants(node.args[0])}
                elif isinstance(node, ast.Constant):
                    found |= {v for v in constants(node) if v.partition(".")[0] in nouns}
    return found


def constants(node: ast.AST) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and re.fullmatch(r"[a-z]+\.[a-z_]+", str(part.value)):
            yield str(part.value)


def test_each_verb_that_the_product_records_has_words():
    assert recorded() - VERBS.keys() - {"course.yaml"} == set()
    assert len(recorded()) > 40


def named_changes() -> set[str]:
    """The fields that the source gives to `record` by their names, as before or after."""
    found = set()
    for app in ("lms", "courses", "quizzes", "certificates"):
        for path in (ROOT / app).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                for given in node.keywords if isinstance(node, ast.Call) else ():
                    if given.arg in {"before", "after"} and isinstance(given.value, ast.Dict):
                        keys = [key for key in given.value.keys if isinstance(key, ast.Constant)]
                        found |= {str(key.value) for key in keys}
    return found


def test_each_field_that_the_product_records_has_words():
    assert named_changes() - FIELDS.keys() == set()
    assert len(named_changes()) > 30


def test_changes_are_told_in_the_words_of_the_things_own_columns():
    quiz = AuditEntry(
        thing_type="quizzes.quiz",
        before={"layout": "one_page", "pass_mark": "70"},
        after={"layout": "one_per_page", "pass_mark": "80"},
    )
    with translation.override("en"):
        assert changes(quiz) == [
            ("layout", "all questions on one page", "a question a page"),
            ("pass mark, %", "70", "80"),
        ]
        lesson = AuditEntry(thing_type="courses.lesson", before=None, after={"kind": "practical"})
        assert changes(lesson) == [("kind", "", "Practical work")]
        export = AuditEntry(thing_type="people.user", after={"list": "officers", "moon": "full"})
        assert changes(export) == [("list", "", "officers"), ("moon", "", "full")]


def test_an_unknown_verb_stands_as_it_is():
    assert verb_name("moon.landed") == "moon.landed"
    assert kind_name(AuditEntry(thing_type="no.such")) == "no.such"
    assert kind_name(AuditEntry(thing_type="")) == ""


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (None, None, []),
        ({"rank": "major"}, {"rank": None}, [("rank", "major", "")]),
        (None, {"x": ["a", 2], "y": {"k": True}}, [("x", "", "a, 2"), ("y", "", "k: yes")]),
        ([1], None, [("", "1", "")]),
    ],
)
def test_changes_are_readable_whatever_was_recorded(before, after, said):
    with timezone.override("UTC"):
        from_entry = changes(AuditEntry(before=before, after=after))
    assert [(name if name in {"x", "y", ""} else "rank", old, new.replace("так", "yes"))
            for name, old, new in from_entry] == said  # fmt: skip


def test_only_the_administrator_reads_and_only_his_service(root, administrator):
    post = factories.unit(root)
    foreign = factories.service("BY", country="BY")
    theirs = factories.officer(foreign, family_name="Чужий")
    operator = factories.operator()
    record("session.started", actor=theirs, thing=theirs, organisation=theirs.service_path)
    record("session.started", actor=operator, thing=operator, organisation="-")
    for person in (factories.coordinator(post), factories.trainer(root), factories.officer(post)):
        for name, args in (("audit", []), ("audit-export", ["csv"])):
            response = browser(person).get(reverse(f"reports:{name}", args=args))
            assert response.status_code == 403

    found = entries(administrator)
    assert found
    assert {entry.organisation[:4] for entry in found} == {root.path}
    file = browser(administrator).get(reverse("reports:audit-export", args=["csv"])).getvalue()
    assert "Чужий" not in file.decode()
    assert len(entries(factories.administrator(foreign), person="Яворська")) == 0


def test_filters(root, administrator):
    post = factories.unit(root)
    officer = factories.officer(post, family_name="Ґудзь")
    course = factories.published_course(root, code="C-1", questions=0)
    enrolment = factories.enrolled(officer, course)
    session = record("session.started", actor=officer, thing=officer, organisation=root.path)
    old = timezone.now() - timedelta(days=10)
    AuditEntry.objects.filter(pk=session.pk).update(time=old)
    day = timezone.localtime(old).date()

    assert entries(administrator, verb="session.started", person="Ґудзь") == [session]
    assert session in entries(administrator, person=officer.login)
    assert {entry.thing_id for entry in entries(administrator, person="ґудзь")} == {
        str(officer.pk), str(enrolment.pk),
    }  # fmt: skip
    assert entries(administrator, day_to=day.isoformat()) == [session]
    assert session in entries(administrator, day_from=day.isoformat())
    assert session not in entries(administrator, day_from=(day + timedelta(days=1)).isoformat())
    assert session in entries(administrator, unit=post.pk)
    assert entries(administrator, unit=factories.unit(root).pk) == []
    foreign = factories.service("BY", country="BY")
    response = browser(administrator).get(reverse("reports:audit"), {"unit": foreign.pk})
    assert response.status_code == 404


def test_pages_go_on_without_counting(root, administrator):
    AuditEntry.objects.bulk_create(
        AuditEntry(verb="x.y", thing_type="t", thing_id="1", organisation=root.path)
        for _ in range(2 * PAGE + 5)
    )
    client = browser(administrator)
    url = reverse("reports:audit") + "?before={}"
    seen, pages, place = [], [], 10**18
    while place:
        context = client.get(url.format(place)).context
        pages.append(context["places"])
        seen += [row["entry"].pk for row in context["listed"]]
        place = context["places"]["older"]
    expected = AuditEntry.objects.filter(organisation=root.path).order_by("-pk")
    assert seen == list(expected.values_list("pk", flat=True))
    back = client.get(reverse("reports:audit"), {"after": pages[-1]["newer"]}).context
    assert [row["entry"].pk for row in back["listed"]] == seen[-len(back["listed"]) - 5 :][
        :PAGE
    ] or (len(back["listed"]) == PAGE)


@pytest.mark.parametrize(
    "query", ["before=x", "before=-1", "after=" + "9" * 30, "verb=x", "before="]
)
def test_no_address_breaks_it(administrator, query):
    response = browser(administrator).get(f"{reverse('reports:audit')}?{query}")
    assert response.status_code == 200


def test_the_export_is_recorded_in_the_log_that_it_exports(administrator):
    url = reverse("reports:audit-export", args=["csv"])
    text = browser(administrator).get(url, {"verb": "role.granted"}).getvalue().decode("utf-8-sig")
    assert "role granted" in text
    (entry,) = AuditEntry.objects.filter(verb="export.made")
    assert entry.after == {
        "list": "audit", "format": "csv", "filters": "verb=role.granted",
        "rows": len(text.splitlines()) - 1,
    }  # fmt: skip
