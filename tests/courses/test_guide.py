"""The trainer's guide of a course: read, printed and written by those who teach it alone."""

from io import StringIO
from pathlib import Path

import pytest
import yaml
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from courses.actions import publish_course
from courses.actions.authoring import archive_course
from courses.models import Course, GuideDraft, GuideText
from lms.people.models import Organisation, User
from tests import factories
from tests.courses.pages import Form, Page
from tests.worlds import course_file

pytestmark = pytest.mark.django_db


@pytest.fixture
def trainer(root: Organisation) -> User:
    return factories.trainer(root, language="en")


@pytest.fixture
def course(root: Organisation) -> Course:
    return factories.draft_course(root, code="DOC-07")


@pytest.fixture
def desk(trainer: User) -> Client:
    return of(trainer)


def of(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


READ = "/teaching/courses/DOC-07/guide/"
WRITE = "/teaching/courses/DOC-07/lessons/GUIDE/text/"


# Reading


def test_the_workspace_of_the_course_leads_to_it(desk: Client, course: Course) -> None:
    factories.guide(course, "uk")
    factories.guide(course, "en", "<h2>Aims</h2><p>Measure the zone.</p>")
    assert READ in Page(desk.get("/teaching/courses/DOC-07/")).links
    page = Page(desk.get(READ))
    assert "Measure the zone." in page.words
    assert "Мета" not in page.words
    assert f"{WRITE}?to=en" in page.links


def test_the_language_is_the_reader_s_and_can_be_chosen(desk: Client, course: Course) -> None:
    for language in ("be", "uk"):
        factories.guide(course, language)
    # English is not written: the first that is, in the order of the course.
    assert desk.get(READ).context["text"].language == "uk"
    page = Page(desk.get(READ))
    assert {"?in=uk", "?in=be"} <= {*page.links}
    assert {"?in=en", "?in=ru"}.isdisjoint(page.links)
    assert desk.get(f"{READ}?in=be").context["text"].language == "be"
    assert desk.get(f"{READ}?in=xx").context["text"].language == "uk"
    factories.guide(course, "en")
    assert desk.get(READ).context["text"].language == "en"


def test_the_newest_version_is_read_and_a_blank_one_is_none(desk: Client, course: Course) -> None:
    factories.guide(course, "en", "<p>Old words</p>")
    factories.guide(course, "en", "<p>New words</p>")
    page = Page(desk.get(READ))
    assert "New words" in page.words
    assert "Old words" not in page.words
    factories.guide(course, "en", " ")
    assert desk.get(READ).context["text"] is None


def test_its_terms_are_explained_below_it(desk: Client, course: Course) -> None:
    factories.term(course.service, "check-digit")
    factories.guide(course, "en", '<p>The <a href="#term-check-digit">check digit</a></p>')
    page = Page(desk.get(READ))
    assert page.all("li", id="term-check-digit")
    assert "Terms in this guide" in page.words


def test_a_course_without_one_offers_to_write_it(desk: Client, course: Course) -> None:
    page = Page(desk.get(READ))
    assert "No trainer’s guide yet" in page.words
    assert WRITE in page.links
    archive_course(course=course, actor=None)
    page = Page(desk.get(READ))
    assert "No trainer’s guide yet" in page.words
    assert WRITE not in page.links
    assert desk.get(WRITE).status_code == 403


def test_who_does_not_teach_the_course_never_sees_it(root: Organisation, course: Course) -> None:
    """Not even an officer who takes the course: 404, as any page of teaching."""
    factories.lesson(factories.module(course))
    text = factories.guide(course, "uk", "<p>Таємниця тренера</p>")
    publish_course(course=course, actor=None)
    officer = factories.officer(root)
    factories.enrolled(officer, Course.objects.get(pk=course.pk))
    history = reverse("teaching:text-history", args=["DOC-07", "GUIDE", "uk"])
    draft = reverse("teaching:text-draft", args=["DOC-07", "GUIDE", "uk"])
    others = (
        officer, factories.coordinator(root), factories.trainer(factories.unit(root)),
        factories.trainer(factories.service("BY")),
    )  # fmt: skip
    for person in others:
        client = of(person)
        for address in (READ, WRITE, history):
            assert client.get(address).status_code == 404, (person, address)
        for address in (WRITE, draft):
            sent = client.post(address, {"title": "Ї", "body": "<p>Ї</p>", "base": text.pk})
            assert sent.status_code == 404, (person, address)
    assert GuideText.objects.count() == 1
    read = of(officer).get("/courses/DOC-07/").content + of(officer).get("/learning/").content
    assert "Таємниця" not in read.decode()


# Writing


def filled(client: Client, address: str, **typed: str) -> dict[str, str]:
    """What the editor's form would send, with what was typed."""
    page = Page(client.get(address))
    fields = Form(page, page.all("form", id="text")[0]).fields
    return {name: values[0] for name, values in fields.items()} | typed


def test_it_is_written_like_a_lesson(desk: Client, course: Course, trainer: User) -> None:
    address = f"{WRITE}?to=be"
    begun = filled(desk, address)
    assert begun["title"] == "Дапаможнік трэнера"
    picture = course_file(course)
    body = (
        f'<h2 onclick="x()">Мэта</h2><script>alert(1)</script>'
        f'<p><img src="/files/{picture.pk}/{picture.name}" alt="Зона"></p>'
    )
    answer = desk.post(address, begun | {"body": body}, follow=True)

    assert "Saved as version 1." in Page(answer).messages
    text = course.guide_texts.get()
    assert (text.language, text.title, text.edited_by) == ("be", "Дапаможнік трэнера", trainer)
    assert text.html.startswith("<h2>Мэта</h2><p><img ")
    assert "script" not in text.html
    assert text.files.get() == picture
    assert "Мэта" in Page(desk.get(READ)).words
    assert not course.lessons.exists()


def test_of_two_the_second_sees_the_difference(
    desk: Client, course: Course, root: Organisation
) -> None:
    factories.guide(course, "uk", "<p>Слово тут</p>")
    address = f"{WRITE}?to=uk"
    mine = filled(desk, address, body="<p>Моє слово тут</p>")
    other = of(factories.trainer(root, family_name="Петренко"))
    other.post(address, filled(other, address, body="<p>Їхнє слово тут</p>"))

    answer = desk.post(address, mine)

    assert course.guide_texts.latest("version").html == "<p>Їхнє слово тут</p>"
    assert "Петренко" in answer.content.decode()
    assert answer.context["conflict"]["amount"]
    # Closed now, it is all there the next time; seen, it is saved by choice.
    assert GuideDraft.objects.get().body == "<p>Моє слово тут</p>"
    again = filled(desk, address)
    assert again["body"] == "<p>Моє слово тут</p>"
    desk.post(address, again)
    assert course.guide_texts.latest("version").html == "<p>Моє слово тут</p>"
    assert not GuideDraft.objects.exists()


def test_what_is_typed_is_kept_and_thrown_away(desk: Client, course: Course) -> None:
    factories.guide(course, "uk")
    send = reverse("teaching:text-draft", args=["DOC-07", "GUIDE", "uk"])
    answer = desk.post(send, {"title": "Ї", "body": "<p>Набрано</p>", "base": ""})
    assert answer.status_code == 200
    assert filled(desk, f"{WRITE}?to=uk")["body"] == "<p>Набрано</p>"
    desk.post(reverse("teaching:text-away", args=["DOC-07", "GUIDE", "uk"]))
    assert "Набрано" not in filled(desk, f"{WRITE}?to=uk")["body"]


def test_an_earlier_version_comes_back(desk: Client, course: Course) -> None:
    """The numbers of rows are those of other texts too: none of these is said to be published."""
    factories.lesson(factories.module(course))
    publish_course(course=course, actor=None)
    factories.guide(course, "uk", "<p>Перше</p>")
    newest = factories.guide(course, "uk", "<p>Друге</p>")
    history = desk.get(reverse("teaching:text-history", args=["DOC-07", "GUIDE", "uk"]))
    assert [row["revisions"] for row in history.context["versions"]] == [[], []]
    restore = reverse("teaching:text-restore", args=["DOC-07", "GUIDE", "uk"])
    desk.post(restore, {"version": "1", "base": newest.pk})
    assert course.guide_texts.get(version=3).html == "<p>Перше</p>"


# From files


COURSE = {
    "code": "TRY-01",
    "title": {"uk": "Спроба", "en": "A try"},
    "languages": ["uk", "en"],
    "modules": [{"key": "first", "title": {"uk": "Перший", "en": "First"}, "lessons": []}],
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A course in files that has a guide and nothing else."""
    monkeypatch.setattr("courses.management.commands.load_catalogue.CATALOGUE", tmp_path)
    folder = tmp_path / "TRY-01"
    (folder / "GUIDE").mkdir(parents=True)
    written(folder, "uk", "source: en\ntitle: Посібник", "## Мета\n")
    written(folder, "en", "title: Guide", "## Aims\n\n<script>alert(1)</script>\n")
    (folder / "course.yaml").write_text(yaml.safe_dump(COURSE), encoding="utf-8")
    return folder


def written(folder: Path, language: str, head: str, body: str) -> None:
    text = f"---\n{head}\n---\n{body}"
    (folder / "GUIDE" / f"{language}.md").write_text(text, encoding="utf-8")


def load(root: Organisation) -> str:
    out = StringIO()
    call_command("load_catalogue", "--service", root.code, stdout=out)
    return out.getvalue()


def test_it_is_loaded_once_and_again_when_it_changed(
    root: Organisation, folder: Path, desk: Client
) -> None:
    assert "TRY-01: made (" in load(root)
    page = Page(desk.get("/teaching/courses/TRY-01/guide/"))
    assert "Aims" in page.words
    assert not [one for one in page.all("script") if page.main in one.inside]
    assert load(root) == "TRY-01: unchanged\n"
    texts = GuideText.objects.order_by("pk")
    assert [(text.language, text.version) for text in texts] == [("en", 1), ("uk", 1)]
    assert texts[1].source == texts[0]
    written(folder, "en", "title: Guide", "## Other aims\n")
    assert "TRY-01: updated (new: trainers’ guides 1)" in load(root)
    assert "Other aims" in Page(desk.get("/teaching/courses/TRY-01/guide/")).words


def test_what_a_trainer_edited_is_kept(root: Organisation, folder: Path, desk: Client) -> None:
    load(root)
    address = "/teaching/courses/TRY-01/lessons/GUIDE/text/?to=uk"
    desk.post(address, filled(desk, address, body="<p>Моє</p>"))
    with pytest.raises(CommandError, match=r"TRY-01: edited since .*GUIDE/uk\.md"):
        load(root)
    assert GuideText.objects.filter(language="uk").latest("version").html == "<p>Моє</p>"


def test_no_lesson_takes_its_key(root: Organisation, folder: Path) -> None:
    entry = {"key": "GUIDE", "kind": "reading"}
    course = COURSE | {"modules": [COURSE["modules"][0] | {"lessons": [entry]}]}
    (folder / "course.yaml").write_text(yaml.safe_dump(course), encoding="utf-8")
    with pytest.raises(CommandError, match="GUIDE is the trainer's guide"):
        load(root)
    assert not Course.objects.exists()
