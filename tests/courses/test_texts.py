"""Versions of texts, drafts, differences: what the actions promise."""

from itertools import pairwise

import pytest

from courses.actions import publish_course
from courses.actions.texts import (
    EditedMeanwhile,
    adopted,
    keep_draft,
    restore_text,
    save_text,
)
from courses.differences import difference, words_changed
from courses.models import Course, CourseFile, LessonText, TextDraft, TextFile
from courses.richtext import tidy
from courses.texts import is_stale, others_writing, state_of, translation_lines
from lms.audit.models import AuditEntry
from tests import factories
from tests.worlds import course_file

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    return factories.service("UA")


@pytest.fixture
def trainer(owner):
    return factories.trainer(owner)


@pytest.fixture
def lesson(owner):
    return factories.lesson(factories.module(factories.draft_course(owner)))


def write(lesson, actor, body="<p>Ґава їсть</p>", *, language="uk", base=..., **fields):
    newest = lesson.newest_texts().get(language)
    given = {"title": "Назва", "source": None} | fields
    if base is ...:
        base = newest.pk if newest else None
    return save_text(lesson=lesson, language=language, body=body, base=base, actor=actor, **given)


def test_each_save_is_the_next_version_and_says_who(lesson, trainer):
    first = lesson.newest_texts()["uk"]
    text = write(lesson, trainer, '<p onclick="x()">Ґава</p><script>alert(1)</script>')

    assert (text.version, text.edited_by, text.format) == (first.version + 1, trainer, "html")
    assert text.html == "<p>Ґава</p>"
    assert AuditEntry.objects.filter(verb="text.saved", actor=trainer).count() == 1


def test_saved_twice_is_saved_once(lesson, trainer):
    before = lesson.newest_texts()["uk"].pk
    text = write(lesson, trainer, base=before)

    assert write(lesson, trainer, base=before) == text
    assert write(lesson, trainer) == text
    assert lesson.texts.filter(language="uk").count() == 2


def test_what_another_saved_meanwhile_is_not_overwritten(lesson, trainer, owner):
    base = lesson.newest_texts()["uk"].pk
    theirs = write(lesson, factories.trainer(owner), "<p>Їхнє</p>", base=base)

    with pytest.raises(EditedMeanwhile) as caught:
        write(lesson, trainer, "<p>Моє</p>", base=base)

    assert caught.value.newest == theirs
    assert lesson.newest_texts()["uk"] == theirs
    assert write(lesson, trainer, "<p>Моє</p>", base=theirs.pk).version == theirs.version + 1


def test_a_first_text_written_by_two_is_a_conflict_too(lesson, trainer, owner):
    LessonText.objects.filter(lesson=lesson, language="be").delete()
    write(lesson, factories.trainer(owner), "<p>Іх</p>", language="be", base=None)

    with pytest.raises(EditedMeanwhile):
        write(lesson, trainer, "<p>Маё</p>", language="be", base=None)


def test_a_draft_is_one_a_person_and_goes_when_saved(lesson, trainer):
    for body in ("<p>1</p>", "<p>2</p>"):
        keep_draft(lesson=lesson, language="uk", title="Н", body=body, base=None, actor=trainer)
    assert TextDraft.objects.get(editor=trainer).body == "<p>2</p>"

    text = write(lesson, trainer, "<p>2</p>", title="Н")
    assert not TextDraft.objects.exists()

    # One that comes late, on the way when the text was saved, does not come back.
    keep_draft(lesson=lesson, language="uk", title="Н", body="<p>2</p>", base=None, actor=trainer)
    assert not TextDraft.objects.exists()
    assert text.title == "Н"


def test_who_else_is_writing(lesson, trainer, owner):
    other = factories.trainer(owner)
    for person in (trainer, other):
        keep_draft(lesson=lesson, language="uk", title="Н", body="x", base=None, actor=person)

    assert [draft.editor for draft in others_writing(lesson, "uk", trainer)] == [other]
    assert others_writing(lesson, "be", trainer) == []
    TextDraft.objects.update(saved_at="2020-01-01T00:00Z")
    assert others_writing(lesson, "uk", trainer) == []


def test_a_translation_is_stale_when_its_source_is_no_longer_the_newest(lesson, trainer):
    english = lesson.newest_texts()["en"]
    translated = write(lesson, trainer, "<p>Пераклад</p>", language="be", source=english)
    assert not is_stale(translated, lesson.newest_texts())

    write(lesson, trainer, "<p>New</p>", language="en")
    newest = lesson.newest_texts()
    assert is_stale(newest["be"], newest)
    assert {code: state_of(newest.get(code), newest) for code in ("be", "uk")} == {
        "be": "stale",
        "uk": "done",
    }

    # The same words, said to be up to date, are a new version.
    write(lesson, trainer, "<p>Пераклад</p>", language="be", source=newest["en"])
    assert not is_stale(lesson.newest_texts()["be"], lesson.newest_texts())


def test_restoring_makes_a_version(lesson, trainer):
    write(lesson, trainer, "<p>перший</p>")
    second = write(lesson, trainer, "<p>другий</p>")
    first = lesson.texts.get(language="uk", version=second.version - 1)

    back = restore_text(text=first, base=second.pk, actor=trainer)

    assert (back.version, back.html) == (second.version + 1, "<p>перший</p>")
    with pytest.raises(EditedMeanwhile):
        restore_text(text=second, base=second.pk, actor=trainer)


def test_officers_read_the_old_text_until_publication(lesson, trainer, client):
    course = lesson.course
    publish_course(course=course, actor=None)
    officer = factories.officer(course.owner)
    client.force_login(officer)
    address = f"/courses/{course.code}/lessons/{lesson.key}/"
    write(lesson, trainer, "<p>Зовсім новий текст</p>")

    assert "Зовсім новий текст" not in client.get(address).content.decode()
    publish_course(course=course, actor=None)
    assert "Зовсім новий текст" in client.get(address).content.decode()


# Pictures


def img(file: CourseFile, alt: str = "Рядки") -> str:
    return f'<p><img src="/files/{file.pk}/{file.name}" alt="{alt}"></p>'


def test_pictures_of_a_text_are_protected(lesson, trainer):
    file = course_file(lesson.course)
    text = write(lesson, trainer, img(file))

    assert list(TextFile.objects.filter(text=text).values_list("file", flat=True)) == [file.pk]
    assert 'loading="lazy"' in text.html


def test_a_picture_of_another_own_course_becomes_this_course_s(lesson, trainer, owner):
    file = course_file(factories.draft_course(owner))
    text = write(lesson, trainer, img(file))

    own = text.files.get()
    assert (own.course, own.sha256, own.file.name) == (lesson.course, file.sha256, file.file.name)
    assert str(own.pk) in text.html
    assert str(file.pk) not in text.html
    assert write(lesson, trainer, img(file) + "<p>.</p>").files.get() == own


def test_a_picture_of_a_stranger_s_course_is_left_out(lesson, trainer):
    file = course_file(factories.draft_course(factories.service("BY")))
    html, files = adopted(img(file), lesson.course, trainer)

    assert files == []
    assert "img" not in html


def test_a_picture_without_words_takes_those_it_was_uploaded_with(lesson, trainer):
    file = course_file(lesson.course)
    CourseFile.objects.filter(pk=file.pk).update(alt='Дві "лінії"')
    html, _files = adopted(img(file, alt=""), lesson.course, trainer)

    assert 'alt="Дві &quot;лінії&quot;"' in html


# Differences


def flat(rows):
    return [(row.op, [(piece.op, piece.text) for piece in row.pieces]) for row in rows]


def test_a_difference_is_told_in_words():
    rows = difference("<p>Паспорт має 44 знаки.</p>", "<p>Паспорт має 36 знаків.</p>")

    pieces = [("same", "Паспорт має "), ("del", "44 знаки"), ("ins", "36 знаків"), ("same", ".")]
    assert flat(rows) == [("changed", pieces)]


def test_the_difference_gives_both_texts_whole():
    old, new = "Прикордонник ʼбачить’ дві лінії", "Прикордонники бачать три лінії й зону"
    pieces = words_changed(old, new)

    assert "".join(piece.text for piece in pieces if piece.op != "ins") == old
    assert "".join(piece.text for piece in pieces if piece.op != "del") == new
    assert all(one.op != two.op for one, two in pairwise(pieces))


def test_paragraphs_come_and_go_and_quiet_ones_fold():
    same = "".join(f"<p>Абзац номер {n} лишився як був</p>" for n in range(9))
    rows = difference(f"{same}<p>Зовсім давнє</p>", f"<h2>Нове</h2>{same}")

    assert [row.op for row in rows] == ["ins", "same", "gap", "same", "del"]
    assert rows[2].count == 7


def test_form_and_pictures_and_links_are_seen():
    assert [r.op for r in difference("<p>а <b>б</b></p>", "<p>а б</p>")] == ["form"]
    link = '<p><a href="https://{}/">тут</a></p>'
    (row,) = difference(link.format("one.example"), link.format("two.example"))
    assert ("del", "one") in [(piece.op, piece.text) for piece in row.pieces]
    picture = '<p><img src="/files/{}/a.png" alt="Рядки"></p>'
    assert [r.op for r in difference(picture.format(1), picture.format(2))] == ["form"]
    assert difference("<p>те саме</p>", "<p>те  саме</p>\n") == []


def test_the_table_of_translations_asks_a_fixed_number_of_queries(
    owner, trainer, django_assert_num_queries
):
    course = factories.draft_course(owner)
    part = factories.module(course)
    for _ in range(3):
        factories.lesson(part)
    course = Course.objects.get(pk=course.pk)
    with django_assert_num_queries(2):
        ((_title, lines),) = translation_lines(course, "uk")
    assert [cell.state for cell in lines[0].cells] == ["done"] * 4


def test_a_zone_keeps_its_marks_through_the_editor():
    """The editor writes <strong> for bold: check digits stay marked as they were."""
    edited = '<pre class="mrz">P&lt;UTO<br>L898902C3<strong>6</strong>UTO<em>0</em></pre>'

    assert tidy(edited) == (
        '<pre class="mrz"><code>P&lt;UTO\nL898902C3<b>6</b>UTO<i>0</i></code></pre>'
    )
    assert tidy(tidy(edited)) == tidy(edited)


def test_what_the_editor_only_wrote_in_its_own_way_is_no_new_version(lesson, trainer):
    html = '<h2>Н</h2>\n<div class="scroll" tabindex="0"><table class="table"><tr><td>а</td></tr>'
    text = write(lesson, trainer, html + "</table></div>\n")
    edited = '<h2>Н</h2><div tabindex="0" class="scroll"><table class="table"><tbody><tr><td>а</td>'

    assert write(lesson, trainer, edited + "</tr></tbody></table></div>") == text
    assert text.html.count("scroll") == 1
