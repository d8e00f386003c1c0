"""The page where a trainer writes a lesson's text."""

import json
import re
from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from courses.actions.texts import keep_draft, save_text
from courses.models import CourseFile, LessonText, TextDraft
from courses.richtext import PLUGINS, TAGS, editor_config
from tests import factories
from tests.courses.pages import Page

pytestmark = pytest.mark.django_db


@pytest.fixture
def trainer(root):
    return factories.trainer(root, language="en")


@pytest.fixture
def desk(trainer):
    client = Client()
    client.force_login(trainer)
    return client


@pytest.fixture
def lesson(root):
    return factories.lesson(factories.module(factories.draft_course(root)))


def address(lesson, query="", name="lesson-text", *more):
    return reverse(f"teaching:{name}", args=[lesson.course.code, lesson.key, *more]) + query


def filled(response, **typed):
    """What the page's form would send, with what was typed."""
    html = response.content.decode()
    found = {
        name: re.search(rf'name="{name}"[^>]* value="(\d+)"', html) for name in ("base", "source")
    }
    hidden = {name: match[1] for name, match in found.items() if match}
    return hidden | {"title": "Назва", "body": "<p>Ґава</p>"} | typed


def test_the_newest_version_is_edited_and_saved_as_the_next(desk, lesson, trainer):
    page = desk.get(address(lesson, "?to=be"))
    assert "Текст уроку" in page.content.decode()
    response = desk.post(address(lesson, "?to=be"), filled(page), follow=True)

    text = lesson.newest_texts()["be"]
    assert (text.version, text.title, text.html, text.edited_by) == (
        2, "Назва", "<p>Ґава</p>", trainer,
    )  # fmt: skip
    assert "Saved as version 2." in response.content.decode()
    assert lesson.newest_texts()["uk"].version == 1


def test_a_markdown_text_is_edited_as_html(desk, lesson):
    LessonText.objects.create(
        lesson=lesson, language="uk", version=2, title="М", body="**Ґава**",
        html="<p><strong>Ґава</strong></p>", format="markdown",
    )  # fmt: skip
    page = desk.get(address(lesson, "?to=uk"))

    assert "&lt;strong&gt;Ґава" in page.content.decode()
    assert "**Ґава**" not in page.content.decode()
    desk.post(address(lesson, "?to=uk"), filled(page))
    assert lesson.newest_texts()["uk"].format == "html"


def test_the_source_stands_beside_and_is_remembered(desk, lesson):
    LessonText.objects.filter(lesson=lesson, language="be").delete()
    page = desk.get(address(lesson, "?to=be&from=en"))
    assert f"<p>{lesson.newest_texts()['en'].body}</p>" in page.content.decode()
    desk.post(address(lesson, "?to=be&from=en"), filled(page))

    assert lesson.newest_texts()["be"].source == lesson.newest_texts()["en"]
    # The next time it stands there by itself.
    assert desk.get(address(lesson, "?to=be")).context["page"].beside == "en"


def test_what_changed_in_the_source_is_shown_until_said_to_be_done(desk, lesson, trainer):
    english = lesson.newest_texts()["en"]
    save_text(
        lesson=lesson, language="be", title="Б", body="<p>б</p>", source=english,
        base=lesson.newest_texts()["be"].pk, actor=trainer,
    )  # fmt: skip
    factories.text(lesson, "en", body="Brand new words")
    page = desk.get(address(lesson, "?to=be"))
    assert page.context["changes"]["amount"]
    assert "<ins>" in page.content.decode()

    # A typo mended leaves it behind its source; the box brings it up to date.
    desk.post(address(lesson, "?to=be"), filled(page, body="<p>Б</p>"))
    page = desk.get(address(lesson, "?to=be"))
    assert page.context["changes"]
    desk.post(address(lesson, "?to=be"), filled(page, body="<p>Б!</p>", up_to_date="on"))
    assert desk.get(address(lesson, "?to=be")).context["changes"] is None


def test_a_first_text_begins_with_the_title_that_the_lesson_was_given(desk, root):
    course = factories.draft_course(root)
    fresh = factories.lesson(factories.module(course), kind="reading", key="fresh")
    fresh.texts.all().delete()
    fresh.refresh_from_db()

    response = desk.get(address(fresh, "?to=be"))

    assert response.context["form"]["title"].value() == fresh.title.localize("be")


def test_errors_keep_what_was_typed(desk, lesson):
    page = desk.get(address(lesson, "?to=uk"))
    answer = desk.post(address(lesson, "?to=uk"), filled(page, title="", body="<p>Довга праця</p>"))

    assert answer.status_code == 200
    assert "Довга праця" in answer.content.decode()
    assert answer.context["form"].errors.keys() == {"title"}
    assert lesson.texts.filter(language="uk").count() == 1


# Two editors


def test_the_second_of_two_sees_the_difference_and_nothing_is_overwritten(desk, lesson, root):
    mine = filled(desk.get(address(lesson, "?to=uk")), body="<p>Моє слово тут</p>")
    other = factories.trainer(root, family_name="Петренко")
    theirs = Client()
    theirs.force_login(other)
    page = theirs.get(address(lesson, "?to=uk"))
    theirs.post(address(lesson, "?to=uk"), filled(page, body="<p>Їхнє слово тут</p>"))

    answer = desk.post(address(lesson, "?to=uk"), mine)
    html = answer.content.decode()
    assert lesson.newest_texts()["uk"].html == "<p>Їхнє слово тут</p>"
    assert "Петренко" in html
    assert [(row.op, row.pieces[0]) for row in answer.context["conflict"]["rows"]] == [
        ("changed", ("del", "Їхнє"))
    ]
    assert "Моє слово тут" in html
    # Closed now, it is all there the next time, and says so again.
    assert desk.get(address(lesson, "?to=uk")).context["conflict"]

    # Having seen it, mine may go on top, as the next version.
    again = filled(answer, body=mine["body"])
    assert desk.post(address(lesson, "?to=uk"), again).status_code == 302
    assert [text.html for text in lesson.texts.filter(language="uk").order_by("version")[1:]] == [
        "<p>Їхнє слово тут</p>",
        "<p>Моє слово тут</p>",
    ]


def test_theirs_may_be_taken(desk, lesson, trainer, root):
    old = filled(desk.get(address(lesson, "?to=uk")), body="<p>Моє</p>")
    save_text(
        lesson=lesson, language="uk", title="Т", body="<p>Їхнє</p>", source=None,
        base=lesson.newest_texts()["uk"].pk, actor=factories.trainer(root),
    )  # fmt: skip
    desk.post(address(lesson, "?to=uk"), old)
    assert TextDraft.objects.filter(editor=trainer).exists()

    desk.post(address(lesson, "", "text-away", "uk"), {"from": "en"})
    assert not TextDraft.objects.exists()
    assert "Моє" not in desk.get(address(lesson, "?to=uk")).content.decode()


def test_who_writes_the_same_text_is_told(desk, lesson, root):
    other = factories.trainer(root, given_name="Оксана", family_name="Петренко")
    keep_draft(lesson=lesson, language="uk", title="Т", body="<p>1</p>", base=None, actor=other)

    assert "О. Петренко" in desk.get(address(lesson, "?to=uk")).content.decode()
    assert "О. Петренко" not in desk.get(address(lesson, "?to=be")).content.decode()


# Drafts


def typed(lesson, **fields):
    base = lesson.newest_texts()["uk"].pk
    return {"title": "Чернетка", "body": "<p>напів</p>", "base": base} | fields


def test_a_draft_is_kept_and_stands_there_again(desk, lesson, trainer):
    answer = desk.post(address(lesson, "", "text-draft", "uk"), typed(lesson))
    said = json.loads(answer.content)
    assert re.fullmatch(r"\d\d:\d\d", said["saved_at"])
    assert (said["newer"], said["others"]) == ("", [])

    page = desk.get(address(lesson, "?to=uk"))
    assert page.context["draft"].editor == trainer
    assert "напів" in page.content.decode()
    assert lesson.newest_texts()["uk"].version == 1

    desk.post(address(lesson, "?to=uk"), filled(page, body="<p>цілком</p>"))
    assert desk.get(address(lesson, "?to=uk")).context["draft"] is None


def test_a_draft_tells_that_another_saved(desk, lesson, root):
    data = typed(lesson)
    save_text(
        lesson=lesson, language="uk", title="Т", body="<p>Їхнє</p>", source=None,
        base=data["base"], actor=factories.trainer(root, given_name="Іван", family_name="Ґрунт"),
    )  # fmt: skip
    answer = desk.post(address(lesson, "", "text-draft", "uk"), data)

    assert json.loads(answer.content)["newer"] == "І. Ґрунт"


@pytest.mark.parametrize(
    "wrong", [{"base": "x"}, {"base": "9" * 30}, {"title": "я" * 256}, {"body": "\0"}]
)
def test_a_draft_that_makes_no_sense_is_refused(desk, lesson, wrong):
    answer = desk.post(address(lesson, "", "text-draft", "uk"), typed(lesson, **wrong))

    assert answer.status_code == 400
    assert not TextDraft.objects.exists()


def test_a_draft_of_nobody_and_of_another_course(lesson):
    where = address(lesson, "", "text-draft", "uk")
    stranger = Client()
    assert stranger.post(where, typed(lesson)).status_code == 401
    stranger.force_login(factories.trainer(factories.service("BY")))
    assert stranger.post(where, typed(lesson)).status_code == 404


def test_another_s_draft_is_not_seen(desk, lesson, root):
    other = factories.trainer(root)
    keep_draft(lesson=lesson, language="uk", title="Т", body="<p>тайна</p>", base=None, actor=other)

    assert "тайна" not in desk.get(address(lesson, "?to=uk")).content.decode()


# Pictures


def png() -> BytesIO:
    data = BytesIO()
    Image.new("RGB", (40, 20), "teal").save(data, "PNG")
    data.seek(0)
    data.name = "лінії.png"
    return data


def test_a_picture_is_sent_from_the_editor(desk, lesson):
    where = address(lesson, "", "text-picture", "uk")
    answer = desk.post(
        where, {"picture": png(), "alt": "Дві лінії"}, HTTP_ACCEPT="application/json"
    )
    said = json.loads(answer.content)
    file = CourseFile.objects.get(course=lesson.course)
    assert said == {
        "src": f"/files/{file.pk}/{file.name}", "alt": "Дві лінії", "width": 40, "height": 20,
    }  # fmt: skip
    page = desk.get(address(lesson, "?to=uk"))
    body = f'<figure class="drawing"><img src="{said["src"]}" alt="Дві лінії"></figure>'
    desk.post(address(lesson, "?to=uk"), filled(page, body=body))

    assert list(lesson.newest_texts()["uk"].files.all()) == [file]


def test_a_picture_says_what_it_shows(desk, lesson):
    where = address(lesson, "", "text-picture", "uk")
    answer = desk.post(where, {"picture": png(), "alt": " "}, HTTP_ACCEPT="application/json")
    assert answer.status_code == 400
    assert "alt" in json.loads(answer.content)["problems"]

    answer = desk.post(where, {"picture": BytesIO(b"<svg/>"), "alt": "x"})
    assert answer.status_code == 200
    assert answer.context["picture_form"].errors.keys() == {"picture"}
    assert not CourseFile.objects.exists()


def test_without_scripts_a_picture_is_a_line_to_copy(desk, lesson):
    where = address(lesson, "", "text-picture", "uk")
    answer = desk.post(where, {"picture": png(), "alt": 'Дві "лінії"'}, follow=True)

    (picture,) = answer.context["pictures"]
    assert picture["tag"].count('"') == 6
    assert "&amp;quot;лінії" in answer.content.decode()


def test_a_picture_without_words_or_of_nobody_is_an_error(desk, lesson):
    page = desk.get(address(lesson, "?to=uk"))
    nobody = '<img src="/files/00000000-0000-4000-8000-000000000000/a.png" alt="x">'
    answer = desk.post(address(lesson, "?to=uk"), filled(page, body=nobody))
    assert answer.context["form"].has_error("body", "pictures")

    desk.post(address(lesson, "", "text-picture", "uk"), {"picture": png(), "alt": "x"})
    CourseFile.objects.update(alt="")
    file = CourseFile.objects.get()
    silent = f'<img src="/files/{file.pk}/{file.name}">'
    answer = desk.post(address(lesson, "?to=uk"), filled(page, body=silent))
    assert answer.context["form"].has_error("body", "alt")


# History and translations


def test_history_compares_and_brings_back(desk, lesson, trainer):
    for body in ("<p>два слова</p>", "<p>три слова</p>"):
        page = desk.get(address(lesson, "?to=uk"))
        desk.post(address(lesson, "?to=uk"), filled(page, body=body))
    history = desk.get(address(lesson, "", "text-history", "uk"))
    assert (history.context["old"].version, history.context["new"].version) == (2, 3)
    chosen = desk.get(address(lesson, "?old=3&new=1", "text-history", "uk"))
    assert (chosen.context["old"].version, chosen.context["new"].version) == (1, 3)

    newest = lesson.newest_texts()["uk"].pk
    back = {"version": "2", "base": newest}
    desk.post(address(lesson, "", "text-restore", "uk"), back)
    assert lesson.newest_texts()["uk"].html == "<p>два слова</p>"
    # Sent again from a page that is past: nothing is overwritten.
    desk.post(address(lesson, "", "text-restore", "uk"), {"version": "1", "base": newest})
    assert lesson.newest_texts()["uk"].version == 4


def test_the_table_of_translations_leads_to_what_is_missing(desk, lesson):
    LessonText.objects.filter(lesson=lesson, language="be").delete()
    page = desk.get(reverse("teaching:translations", args=[lesson.course.code]))

    links = [e for e in Page(page).elements if e.tag == "a" and "?to=be" in e.attrs.get("href", "")]
    assert len(links) == 1
    assert "missing" in links[0].words
    assert [total["done"] for total in page.context["totals"]] == [1, 0, 1, 1]


# The editor's own limits


def policy(response) -> dict[str, list[str]]:
    parts = (part.split() for part in response["Content-Security-Policy"].split(";"))
    return {part[0]: part[1:] for part in parts if part}


def test_only_the_editor_s_page_has_a_looser_policy(desk, lesson):
    editor = policy(desk.get(address(lesson)))
    assert editor.pop("script-src-attr") == ["'unsafe-inline'"]
    assert editor["style-src"] == ["'self'", "'unsafe-inline'"]
    assert editor["script-src"] == ["'self'"]
    others = [
        desk.get(address(lesson, "", "text-history", "uk")),
        desk.get(reverse("teaching:translations", args=[lesson.course.code])),
        desk.get(reverse("teaching:course", args=[lesson.course.code])),
        desk.get("/"),
    ]
    for response in others:
        assert response.status_code == 200
        assert policy(response) == editor | {"style-src": ["'self'"]}
        assert "unsafe" not in response["Content-Security-Policy"]


def test_the_editor_may_write_what_the_sanitiser_lets_through_and_nothing_else():
    config = editor_config("uk")
    assert config["allowedContent"].keys() == TAGS
    assert config["versionCheck"] is config["fullPage"] is False
    assert config["customConfig"] == ""
    known_faults = {
        "codesnippetgeshi", "docprops", "embed", "exportpdf", "flash", "iframe", "preview",
        "scayt", "sourcearea", "templates", "uploadimage", "wsc", "wysiwygarea",
    }  # fmt: skip
    assert not known_faults & {*PLUGINS}
    assert "filebrowser" not in json.dumps(config)


def test_an_archived_course_is_not_written_in(desk, lesson):
    lesson.course.status = "archived"
    lesson.course.save()

    assert desk.get(address(lesson)).status_code == 403
    assert desk.post(address(lesson, "", "text-draft", "uk"), typed(lesson)).status_code == 403
    assert desk.get(address(lesson, "", "text-history", "uk")).status_code == 200


# Kept typing


def test_the_browser_is_told_which_form_the_server_took(desk, lesson):
    page = desk.get(address(lesson, "?to=uk"))
    wrong = desk.post(address(lesson, "?to=uk"), filled(page, title="", kept="text-1-uk~a1"))
    assert "kept" not in wrong.cookies
    right = desk.post(address(lesson, "?to=uk"), filled(page, kept="text-1-uk~a1"))
    assert right.cookies["kept"].value == "text-1-uk~a1"
    page = desk.get(address(lesson, "?to=uk"))
    more = desk.post(address(lesson, "?to=uk"), filled(page, body="<p>2</p>", kept="q-2~b2"))
    assert more.cookies["kept"].value == "text-1-uk~a1%20q-2~b2"
    page = desk.get(address(lesson, "?to=uk"))
    bad = desk.post(address(lesson, "?to=uk"), filled(page, body="<p>3</p>", kept="<x>; y=1"))
    assert "kept" not in bad.cookies
    assert not Client().post(address(lesson, "?to=uk"), {"kept": "q~1"}).cookies.get("kept")


def test_times_are_the_reader_s(desk, lesson, trainer):
    keep_draft(
        lesson=lesson, language="uk", title="Т", body="<p>1</p>", base=None, actor=trainer,
        now=timezone.datetime(2026, 1, 5, 12, 2, tzinfo=timezone.get_fixed_timezone(0)),
    )  # fmt: skip
    local = timezone.localtime(TextDraft.objects.get().saved_at, trainer.zone)

    assert f"{local:%H:%M}" in desk.get(address(lesson, "?to=uk")).content.decode()
