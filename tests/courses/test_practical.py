"""Practical work: the checklist made, published, seen, ticked by the trainer, and done."""

import uuid
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from courses.actions import cancel_enrolment, publish_course
from courses.actions.kinds import (
    ChangedMeanwhile,
    Line,
    NotLive,
    checklist_of,
    retitle_lesson,
    save_checklist,
    set_ticks,
    version_of,
)
from courses.kinds import PracticalLesson
from courses.models import Course, Enrolment, Lesson, LessonProgress, PracticalTick
from courses.outlines import outline_of
from courses.sweeps import sweep_ticks
from lms.audit.models import AuditEntry
from lms.people.models import Organisation, User
from tests import factories
from tests.courses.pages import Page

KEYS = ["lamp", "lens", "lines"]


def lines(*keys: str) -> list[Line]:
    return [Line(key, factories.texts(f"Показує {key}")) for key in keys]


@pytest.fixture
def trainer(root: Organisation) -> User:
    return factories.trainer(root, language="en")


@pytest.fixture
def teacher(client: Client, trainer: User) -> Client:
    client.force_login(trainer)
    return client


@pytest.fixture
def lesson(root: Organisation, trainer: User) -> Lesson:
    """The one lesson of a published course: three lines."""
    course = factories.draft_course(root, code="PRA-01")
    row = factories.lesson(factories.module(course), kind="practical", key="lamp-work")
    save_checklist(lesson=row, lines=lines(*KEYS), actor=trainer)
    publish_course(course=course, actor=trainer)
    return Lesson.objects.select_related("course").get(pk=row.pk)


@pytest.fixture
def enrolment(lesson: Lesson, officer: User) -> Enrolment:
    return factories.enrolled(officer, lesson.course)


def tick(enrolment: Enrolment, lesson: Lesson, actor: User, *keys: str, **more: Any) -> Enrolment:
    ticks = dict.fromkeys(keys, "")
    return set_ticks(enrolment=enrolment, lesson_id=lesson.pk, ticks=ticks, actor=actor, **more)


def ticked(enrolment: Enrolment) -> set[str]:
    live = PracticalTick.objects.filter(enrolment=enrolment, withdrawn_at=None)
    return set(live.values_list("key", flat=True))


# Ticking


def test_the_last_tick_completes(enrolment: Enrolment, lesson: Lesson, trainer: User) -> None:
    tick(enrolment, lesson, trainer, "lamp", "lens")
    assert not LessonProgress.objects.exists()
    assert factories.refreshed(enrolment).started_at
    done = tick(enrolment, lesson, trainer, "lines")
    assert done.completed_at
    progress = LessonProgress.objects.get()
    assert (progress.lesson_id, progress.revision_id) == (lesson.pk, done.completed_revision_id)


def test_ticked_twice_is_ticked_once(enrolment: Enrolment, lesson: Lesson, trainer: User) -> None:
    other = factories.trainer(trainer.service)
    tick(enrolment, lesson, trainer, "lamp")
    before = PracticalTick.objects.get()
    entries = AuditEntry.objects.filter(verb="practical.ticked").count()
    tick(enrolment, lesson, other, "lamp")
    after = PracticalTick.objects.get()
    assert (after.ticked_by, after.ticked_at) == (trainer, before.ticked_at)
    assert AuditEntry.objects.filter(verb="practical.ticked").count() == entries
    set_ticks(enrolment=enrolment, lesson_id=lesson.pk, ticks={"lamp": "Добре"}, actor=other)
    assert (PracticalTick.objects.get().note, PracticalTick.objects.get().ticked_by) == (
        "Добре",
        trainer,
    )


def test_withdrawn_before_completion_takes_the_progress_back(
    lesson: Lesson, officer: User, trainer: User
) -> None:
    factories.lesson(lesson.module, key="reading")
    publish_course(course=lesson.course, actor=trainer)
    enrolment = factories.enrolled(officer, Course.objects.get())
    tick(enrolment, lesson, trainer, *KEYS)
    assert LessonProgress.objects.filter(lesson=lesson).exists()
    tick(enrolment, lesson, trainer, withdrawn=["lens"])
    assert not LessonProgress.objects.exists()
    assert ticked(enrolment) == {"lamp", "lines"}
    withdrawn = PracticalTick.objects.get(key="lens")
    assert withdrawn.withdrawn_at
    assert withdrawn.ticked_by == trainer
    tick(enrolment, lesson, trainer, "lens")
    assert LessonProgress.objects.filter(lesson=lesson).exists()
    assert PracticalTick.objects.filter(key="lens").count() == 2


def test_after_completion_nothing_changes(
    enrolment: Enrolment, lesson: Lesson, trainer: User
) -> None:
    tick(enrolment, lesson, trainer, *KEYS)
    with pytest.raises(NotLive):
        tick(enrolment, lesson, trainer, withdrawn=["lamp"])
    assert ticked(enrolment) == set(KEYS)
    assert factories.refreshed(enrolment).completed_at


def test_nothing_is_ticked_in_a_cancelled_enrolment(
    enrolment: Enrolment, lesson: Lesson, trainer: User
) -> None:
    cancel_enrolment(enrolment=enrolment, actor=trainer, reason="")
    with pytest.raises(NotLive):
        tick(enrolment, lesson, trainer, "lamp")


def test_only_lines_and_lessons_that_are_published(
    enrolment: Enrolment, lesson: Lesson, trainer: User
) -> None:
    save_checklist(lesson=lesson, lines=lines(*KEYS, "fourth"), actor=trainer)
    for keys in (["fourth"], ["none"], ["lamp", "none"]):
        with pytest.raises(LookupError):
            tick(enrolment, lesson, trainer, *keys)
    with pytest.raises(LookupError):
        set_ticks(enrolment=enrolment, lesson_id=0, ticks={"lamp": ""}, actor=trainer)
    assert ticked(enrolment) == set()


def test_a_line_more_is_asked_of_those_under_way_only(
    lesson: Lesson, officer: User, trainer: User
) -> None:
    reading = factories.lesson(lesson.module, key="reading")
    publish_course(course=lesson.course, actor=trainer)
    under_way = factories.enrolled(officer, Course.objects.get())
    tick(under_way, lesson, trainer, *KEYS)
    save_checklist(lesson=lesson, lines=lines(*KEYS, "fourth"), actor=trainer)
    publish_course(course=Course.objects.get(), actor=trainer)
    # What was done counts on; a tick of the new line takes nothing away.
    tick(under_way, lesson, trainer, "fourth", withdrawn=[])
    assert LessonProgress.objects.filter(enrolment=under_way, lesson=lesson).exists()
    assert not LessonProgress.objects.filter(lesson=reading).exists()


def test_a_line_less_is_settled_by_the_sweep(
    enrolment: Enrolment, lesson: Lesson, trainer: User
) -> None:
    tick(enrolment, lesson, trainer, "lamp", "lens")
    assert sweep_ticks() == 0
    save_checklist(lesson=lesson, lines=lines("lamp", "lens"), actor=trainer)
    publish_course(course=Course.objects.get(), actor=trainer)
    assert not factories.refreshed(enrolment).completed_at
    assert sweep_ticks() == 1
    assert factories.refreshed(enrolment).completed_at
    assert sweep_ticks() == 0


def test_ticks_from_before_a_retake_do_not_count(
    lesson: Lesson, officer: User, trainer: User, teacher: Client
) -> None:
    factories.lesson(lesson.module, key="reading")
    publish_course(course=lesson.course, actor=trainer)
    enrolment = factories.enrolled(officer, Course.objects.get())
    tick(enrolment, lesson, trainer, *KEYS)
    publish_course(course=Course.objects.get(), actor=trainer, retake=["lamp-work"])
    assert sweep_ticks() == 0
    page = Page(teacher.get("/teaching/practical/"))
    assert address(enrolment, lesson) in page.links
    assert "0 of 3" in page.words
    form = Page(teacher.get(address(enrolment, lesson))).form("").fields
    assert "withdraw-lamp" not in form
    ticks = {f"tick-{key}": "on" for key in KEYS}
    teacher.post(address(enrolment, lesson), form | ticks)
    assert PracticalTick.objects.filter(withdrawn_at=None).count() == 3
    assert PracticalTick.objects.count() == 6
    assert address(enrolment, lesson) not in Page(teacher.get("/teaching/practical/")).links


def test_the_database_keeps_one_tick_a_line(
    enrolment: Enrolment, lesson: Lesson, trainer: User
) -> None:
    tick(enrolment, lesson, trainer, "lamp")
    with pytest.raises(IntegrityError), transaction.atomic():
        PracticalTick.objects.create(
            enrolment=enrolment, lesson=lesson, key="lamp", ticked_by=trainer
        )


# The officer's page


def test_the_officer_sees_what_is_ticked_by_whom(
    browser: Client, enrolment: Enrolment, lesson: Lesson, trainer: User
) -> None:
    set_ticks(
        enrolment=enrolment, lesson_id=lesson.pk, ticks={"lamp": "<b>Добре</b>"}, actor=trainer
    )
    page = Page(browser.get("/courses/PRA-01/lessons/lamp-work/"))
    rows = [li for li in page.all("li") if any("checklist" in e.attrs.get("class", "")
            for e in li.inside)]  # fmt: skip
    assert ["ticked" in li.attrs.get("class", "") for li in rows] == [True, False, False]
    assert trainer.full_name in rows[0].words
    assert "<b>Добре</b>" in rows[0].words
    assert "/courses/PRA-01/lessons/lamp-work/done/" not in page.actions


def test_the_officer_marks_nothing_himself(
    browser: Client, enrolment: Enrolment, lesson: Lesson
) -> None:
    assert browser.post("/courses/PRA-01/lessons/lamp-work/done/").status_code == 403
    assert not LessonProgress.objects.exists()


# The trainer's list and form


def address(enrolment: Enrolment, lesson: Lesson) -> str:
    return f"/teaching/practical/{enrolment.pk}/{lesson.key}/"


def test_the_list_leads_to_the_form_and_back(
    teacher: Client, enrolment: Enrolment, lesson: Lesson, trainer: User
) -> None:
    page = Page(teacher.get("/teaching/practical/"))
    assert address(enrolment, lesson) in page.links
    form = Page(teacher.get(address(enrolment, lesson))).form("")
    response = teacher.post(
        address(enrolment, lesson), form.fields | {"tick-lamp": "on", "note-lamp": "Добре"}
    )
    assert response["Location"] == address(enrolment, lesson)
    assert ticked(enrolment) == {"lamp"}
    form = Page(teacher.get(address(enrolment, lesson))).form("")
    assert "tick-lamp" not in form.fields
    all_rest = {"tick-lens": "on", "tick-lines": "on", "note-lamp": "Добре"}
    response = teacher.post(address(enrolment, lesson), form.fields | all_rest)
    assert response["Location"] == "/teaching/practical/"
    assert factories.refreshed(enrolment).completed_at
    assert PracticalTick.objects.get(key="lamp").note == "Добре"
    assert address(enrolment, lesson) not in Page(teacher.get("/teaching/practical/")).links
    closed = Page(teacher.get(address(enrolment, lesson)))
    assert "disabled" in closed.all("fieldset")[0].attrs


def test_a_tick_is_taken_back_by_the_form(
    teacher: Client, enrolment: Enrolment, lesson: Lesson, trainer: User
) -> None:
    tick(enrolment, lesson, trainer, "lamp", "lens")
    form = Page(teacher.get(address(enrolment, lesson))).form("")
    teacher.post(address(enrolment, lesson), form.fields | {"withdraw-lamp": "on"})
    assert ticked(enrolment) == {"lens"}


def test_a_note_without_its_tick_is_not_lost(
    teacher: Client, enrolment: Enrolment, lesson: Lesson
) -> None:
    response = teacher.post(address(enrolment, lesson), {"note-lamp": "Ще раз у вівторок"})
    assert response.status_code == 200
    assert "Ще раз у вівторок" in response.content.decode()
    assert ticked(enrolment) == set()


def test_sent_after_the_completion_it_says_so(
    teacher: Client, enrolment: Enrolment, lesson: Lesson, trainer: User
) -> None:
    tick(enrolment, lesson, trainer, *KEYS)
    response = teacher.post(address(enrolment, lesson), {"withdraw-lamp": "on"}, follow=True)
    assert Page(response).messages
    assert ticked(enrolment) == set(KEYS)


def test_nobody_ticks_his_own(client: Client, lesson: Lesson, root: Organisation) -> None:
    both = factories.officer(root)
    factories.grant_role(user=both, organisation=root, role="trainer", actor=None)
    both = User.objects.get(pk=both.pk)
    own = factories.enrolled(both, lesson.course)
    client.force_login(both)
    assert client.get(address(own, lesson)).status_code == 403
    assert client.post(address(own, lesson), {"tick-lamp": "on"}).status_code == 403
    assert address(own, lesson) not in Page(client.get("/teaching/practical/")).links
    assert ticked(own) == set()


def test_the_trainer_of_another_subtree_learns_nothing(
    client: Client, enrolment: Enrolment, lesson: Lesson, root: Organisation, trainer: User
) -> None:
    elsewhere = factories.trainer(factories.unit(root))
    client.force_login(elsewhere)
    for pk in (enrolment.pk, uuid.uuid4()):
        assert client.get(f"/teaching/practical/{pk}/lamp-work/").status_code == 404
    assert str(enrolment.pk) not in client.get("/teaching/practical/").content.decode()
    client.force_login(trainer)
    assert client.get(f"/teaching/practical/{enrolment.pk}/none/").status_code == 404


def test_filters(
    teacher: Client, enrolment: Enrolment, lesson: Lesson, root: Organisation, post: Organisation
) -> None:
    other_unit = factories.unit(root)
    other = factories.officer(other_unit, family_name="Їжакевич")
    second = factories.enrolled(other, lesson.course)
    both = {str(enrolment.pk), str(second.pk)}

    def found(query: str) -> set[str]:
        links = Page(teacher.get(f"/teaching/practical/{query}")).links
        return {link.split("/")[3] for link in links if link.endswith("/lamp-work/")}

    assert found("") == both
    assert found("?q=їжакевич") == {str(second.pk)}
    assert found(f"?unit={post.pk}") == {str(enrolment.pk)}
    assert found(f"?unit={root.pk}") == both
    assert found("?course=PRA-01") == both
    assert found("?q=нікого") == set()
    assert found("?course=NONE&unit=abc&page=x") == both


# The editor


EDITOR = "/teaching/courses/PRA-01/lessons/lamp-work/practical/"


def keys(lesson: Lesson) -> list[str]:
    return [line.key for line in checklist_of(lesson)]


def press(teacher: Client, do: str, **changes: Any) -> Any:
    form = Page(teacher.get(EDITOR)).form("")
    return teacher.post(EDITOR, form.fields | {"do": do} | changes)


def test_lines_are_moved_added_and_taken_out_without_scripts(
    teacher: Client, lesson: Lesson
) -> None:
    press(teacher, "up:lens")
    assert keys(lesson) == ["lens", "lamp", "lines"]
    moved = press(teacher, "down:lens")
    assert keys(lesson) == ["lamp", "lens", "lines"]
    assert moved["Location"] == f"{EDITOR}?at=down:lens#line-lens"
    focused = [e for e in Page(teacher.get(moved["Location"])).all("button")
               if "autofocus" in e.attrs]  # fmt: skip
    assert [e.attrs["value"] for e in focused] == ["down:lens"]
    for nowhere in ("up:lamp", "down:lines", "up:none", "nonsense", "remove:none"):
        press(teacher, nowhere)
        assert keys(lesson) == ["lamp", "lens", "lines"]
    press(teacher, "remove:lamp")
    assert keys(lesson) == ["lens", "lines"]
    press(teacher, "restore:lamp")
    assert keys(lesson) == ["lens", "lines", "lamp"]
    assert checklist_of(lesson)[2].text == factories.texts("Показує lamp")


def test_what_was_typed_is_saved_by_every_button(teacher: Client, lesson: Lesson) -> None:
    press(teacher, "up:lens", **{"text-lamp-uk": "Нове"})
    assert checklist_of(lesson)[1].text["uk"] == "Нове"
    press(teacher, "add", **{"text-lines-en": "New"})
    assert checklist_of(lesson)[2].text["en"] == "New"


def test_an_added_line_is_added_once_and_an_empty_one_goes(teacher: Client, lesson: Lesson) -> None:
    form = Page(teacher.get(EDITOR)).form("").fields | {"do": "add"}
    teacher.post(EDITOR, form)
    teacher.post(EDITOR, form)  # the same again: a button pressed twice, a lost answer
    assert len(keys(lesson)) == 4
    press(teacher, "save")
    assert keys(lesson) == KEYS
    new = Page(teacher.get(EDITOR)).form("").fields["new_key"][0]
    press(teacher, "add", new_key=new)
    press(teacher, "save", **{f"text-{new}-uk": "Четверта"})
    assert checklist_of(lesson)[3].text == {"uk": "Четверта"}
    assert [hole.language for hole in holes(lesson)] == ["be", "ru", "en"]


def holes(lesson: Lesson) -> list[Any]:
    return PracticalLesson().holes(Lesson.objects.get(pk=lesson.pk), ["uk", "be", "ru", "en"])


def test_two_editors(teacher: Client, lesson: Lesson, trainer: User) -> None:
    mine = Page(teacher.get(EDITOR)).form("").fields | {"text-lamp-uk": "Моє", "do": "save"}
    theirs = [*lines("lamp", "lens"), Line("lines", factories.texts("Їхнє"))]
    save_checklist(lesson=lesson, lines=theirs, actor=trainer)
    response = teacher.post(EDITOR, mine)
    assert response.status_code == 200
    assert checklist_of(lesson) == theirs
    page = Page(response)
    form = page.form("")
    assert "Їхнє (en)" in page.words
    assert form.fields["text-lamp-uk"] == ["Моє"]
    teacher.post(EDITOR, form.fields | {"do": "save"})
    assert checklist_of(lesson)[0].text["uk"] == "Моє"


def test_the_action_tells_a_list_that_changed(lesson: Lesson, trainer: User) -> None:
    began = version_of(checklist_of(lesson))
    save_checklist(lesson=lesson, lines=lines("lamp"), expected=began, actor=trainer)
    with pytest.raises(ChangedMeanwhile):
        save_checklist(lesson=lesson, lines=lines("lens"), expected=began, actor=trainer)
    save_checklist(lesson=lesson, lines=lines("lamp"), expected=began, actor=trainer)
    assert keys(lesson) == ["lamp"]


def test_titles_follow_into_the_texts(lesson: Lesson, trainer: User) -> None:
    before = factories.text(lesson, "uk")
    retitle_lesson(lesson=lesson, titles={"uk": "Під лампою", "en": "Under the lamp"},
                   actor=trainer)  # fmt: skip
    newest = Lesson.objects.get(pk=lesson.pk).newest_texts()["uk"]
    assert (newest.title, newest.version) == ("Під лампою", before.version + 1)
    assert (newest.html, newest.body) == (before.html, before.body)
    revision = publish_course(course=lesson.course, actor=trainer)
    title = outline_of(revision.pk).by_key["lamp-work"].title
    assert (title["uk"], title["en"], title["be"]) == (
        "Під лампою",
        "Under the lamp",
        "Урок lamp-work (be)",
    )


def test_typed_wrong_nothing_is_lost(teacher: Client, lesson: Lesson) -> None:
    response = press(teacher, "save", **{"text-lamp-uk": "Я" * 301, "text-lens-uk": "Добре"})
    assert response.status_code == 200
    fields = Page(response).form("").fields
    assert (fields["text-lamp-uk"], fields["text-lens-uk"]) == (["Я" * 301], ["Добре"])
    assert keys(lesson) == KEYS
    assert checklist_of(lesson)[1].text["uk"] != "Добре"


def test_the_page_of_another_kind_is_not_found(teacher: Client, lesson: Lesson) -> None:
    for kind in ("video", "file"):
        assert teacher.get(EDITOR.replace("/practical/", f"/{kind}/")).status_code == 404
