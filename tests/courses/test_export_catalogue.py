"""`manage.py export_catalogue`: what was edited in the product comes back into the files alone."""

import json
import shutil
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from PIL import Image

from courses.actions.kinds import Line, save_checklist
from courses.catalogue import CATALOGUE
from courses.catalogue_pictures import SVG
from courses.models import Course, CourseFile, Guide, Lesson, Text
from lms.people.models import Organisation
from tests import factories
from tests.catalogue import COURSE
from tests.courses import media
from tests.courses.exported import changes, comes_to_the_same, content, export, load, read, rows
from tests.courses.pages import Page

TEACHING = f"/teaching/courses/{COURSE}/"
pytestmark = pytest.mark.once


@pytest.fixture
def desk(root: Organisation) -> Client:
    client = Client()
    client.force_login(factories.trainer(root, language="en"))
    return client


def write_text(desk: Client, key: str, language: str, change: Callable[[str], str]) -> Text:
    """Change the text of a lesson or the guide in the editor."""
    address = f"{TEACHING}lessons/{key}/text/?to={language}"
    form = desk.get(address).context["form"]
    sent = {name: value for name, value in form.initial.items() if value}
    sent["body"] = change(form.initial["body"])
    assert desk.post(address, sent).status_code == 302
    course = Course.objects.get(service__code="UA", code=COURSE)
    written = Guide(course) if key == Guide.KEY else course.lessons.get(key=key)
    return written.newest_texts()[language]


# The catalogue as it is


def test_both_courses_come_back_byte_by_byte_and_load_twice_into_the_same(
    root: Organisation, tmp_path: Path
) -> None:
    folder = tmp_path / "catalogue"
    load()
    before = rows()
    assert "made" not in load()
    assert rows() == before
    said = export("--to", str(folder))
    there = read(CATALOGUE)
    assert sorted(said) == sorted(f"written: {name}" for name in there)
    assert read(folder) == there
    assert export() == ["Nothing to write."]


# What trainers edit


def test_words_changed_in_the_editor_change_their_line(
    root: Organisation, loaded: Path, desk: Client
) -> None:
    before = read(loaded)
    old, new = "while the reader is silent", "without a reader"
    text = write_text(desk, "mrz-td3", "en", lambda body: body.replace(old, new))
    assert text.format == "html"
    stale = f"{COURSE}/mrz-td3: be, ru, uk: translated from an older text"
    assert export(told=stale) == [f"written: {COURSE}/mrz-td3/en.md"]
    ((name, lines),) = changes(before, loaded).items()
    assert name == f"{COURSE}/mrz-td3/en.md"
    assert [line[:1] for line in lines] == ["-", "+"]
    assert lines[1][1:] == lines[0][1:].replace(old, new)
    assert export(told=stale) == ["Nothing to write."]


@pytest.mark.parametrize("key", ["mrz-td3", Guide.KEY])
def test_all_that_the_editor_makes_has_its_markdown_and_loads_the_same_elsewhere(
    root: Organisation, loaded: Path, desk: Client, key: str
) -> None:
    made = (
        "<h3>Нове</h3><p>Слова з <strong>вагою</strong>.</p><ul><li>раз</li><li>два</li></ul>"
        '<div class="note due"><p>Увага!</p></div><p><a href="#term-mrz">зона</a></p>'
    )
    before = read(loaded)
    write_text(desk, key, "uk", lambda body: body + made)
    export()
    assert changes(before, loaded) == {
        f"{COURSE}/{key}/uk.md": [
            "+", "+### Нове", "+", "+Слова з **вагою**.", "+", "+- раз", "+- два", "+",
            "+:::due", "+Увага!", "+:::", "+", "+[зона](term:mrz)",
        ]
    }  # fmt: skip
    comes_to_the_same(root)


def test_what_markdown_cannot_say_is_kept_as_html(
    root: Organisation, loaded: Path, desk: Client
) -> None:
    write_text(desk, "mrz-td3", "uk", lambda body: body + "<p>H<sub>2</sub>O</p>")
    export()
    text = (loaded / COURSE / "mrz-td3" / "uk.md").read_text()
    assert text.startswith(
        '---\ntitle: "TD3: паспорт, позиція за позицією"\nsource: en\nformat: html'
    )
    assert text.endswith("\n\n<p>H<sub>2</sub>O</p>\n")
    assert 'src="figures/td3-lines.svg"' in text
    comes_to_the_same(root)
    write_text(desk, "mrz-td3", "uk", lambda body: body.replace("<p>H<sub>2</sub>O</p>", ""))
    export()
    assert "format: html" not in (loaded / COURSE / "mrz-td3" / "uk.md").read_text()


def test_html_of_a_file_is_sanitised(root: Organisation, catalogue: Path) -> None:
    path = catalogue / COURSE / "mrz-td3" / "uk.md"
    path.write_text(
        '---\ntitle: "T"\nformat: html\n---\n<p onclick="x()">A<script>x()</script></p>'
        '<img src="figures/td3-lines.svg" alt="x"><img src="https://a.example/x.png">'
    )
    with pytest.raises(CommandError, match=r"mrz-td3/uk\.md: no picture https://a\.example/x\.png"):
        load()
    path.write_text(path.read_text().partition('<img src="https')[0])
    load()
    html = Lesson.objects.get(key="mrz-td3").newest_texts()["uk"].html
    assert "script" not in html
    assert "onclick" not in html
    assert html.count('<img src="/files/') == 1


def uploaded(desk: Client, format_name: str) -> dict[str, Any]:
    buffer = BytesIO()
    pixels = Image.effect_noise((40, 20), 60).convert("RGB")
    pixels.save(buffer, format_name)
    upload = SimpleUploadedFile("Мій штамп.jpg", buffer.getvalue())
    answer = desk.post(
        f"{TEACHING}lessons/mrz-td3/text/uk/picture/",
        {"picture": upload, "alt": "Штамп"},
        HTTP_ACCEPT="application/json",
    )
    found: dict[str, Any] = json.loads(answer.content)
    return found


def test_uploaded_pictures_come_and_go_with_the_files(
    root: Organisation, loaded: Path, desk: Client
) -> None:
    before = read(loaded)
    sources = [uploaded(desk, name)["src"] for name in ("PNG", "JPEG", "WEBP")]
    figures = [f'<figure class="drawing"><img src="{one}" alt="Штамп"></figure>' for one in sources]
    write_text(desk, "mrz-td3", "uk", lambda body: body + "".join(figures))
    names = [f"pictures/uk/{source.rpartition('/')[2]}" for source in sources]
    assert [name.rpartition(".")[2] for name in names] == ["png", "jpg", "webp"]
    assert export() == [f"written: {COURSE}/{name}" for name in ("mrz-td3/uk.md", *sorted(names))]
    assert changes(before, loaded)[f"{COURSE}/mrz-td3/uk.md"] == [
        line for name in names for line in ("+", f"+![Штамп]({name})")
    ]
    for row in CourseFile.objects.exclude(content_type=SVG):
        with row.file.open() as stored:
            assert (loaded / COURSE / "pictures" / "uk" / row.name).read_bytes() == stored.read()
    comes_to_the_same(root)
    assert export() == ["Nothing to write."]


def test_a_picture_that_is_none_is_refused(root: Organisation, catalogue: Path) -> None:
    (catalogue / COURSE / "pictures").mkdir()
    (catalogue / COURSE / "pictures" / "x.png").write_bytes(b"<svg/>")
    with (catalogue / COURSE / "mrz-td3" / "uk.md").open("a") as file:
        file.write("\n![x](pictures/x.png)\n")
    with pytest.raises(CommandError, match=r"pictures/x\.png: .*not a picture"):
        load()
    gif = BytesIO()
    Image.new("P", (4, 4)).save(gif, "GIF")
    (catalogue / COURSE / "pictures" / "x.png").write_bytes(gif.getvalue())
    with pytest.raises(CommandError, match="another kind than its name says"):
        load()


def test_a_drawing_changed_since_stays_as_the_text_shows_it(
    root: Organisation, loaded: Path, desk: Client
) -> None:
    write_text(desk, "mrz-td3", "uk", lambda body: body + "<p>Ще.</p>")
    labels = loaded / COURSE / "figures" / "td3-lines.yaml"
    labels.write_text(labels.read_text().replace('uk: "', 'uk: "Нове ', 1))
    export()
    assert "(pictures/uk/td3-lines.svg" in (loaded / COURSE / "mrz-td3" / "uk.md").read_text()
    before = rows()
    load()
    assert rows() == before


def test_a_term_changed_and_a_new_one(root: Organisation, loaded: Path, desk: Client) -> None:
    before = read(loaded)
    address = "/glossary/terms/check-digit/"
    page = Page(desk.get(address))
    sent = page.form("").fields
    sent["definition_en"] = ["A digit that guards others."]
    assert desk.post(address, sent).status_code == 302
    new = {"key": "loupe", "term_uk": "лупа", "definition_uk": "Лінза."}
    assert desk.post("/glossary/new/", new).status_code == 302
    assert export() == ["written: glossary.yaml"]
    lines = changes(before, loaded)["glossary.yaml"]
    assert lines[1:] == [
        '+    en: "A digit that guards others."',
        "+", "+loupe:", '+  term: {uk: "лупа"}', "+  definition:", '+    uk: "Лінза."',
    ]  # fmt: skip
    comes_to_the_same(root)


def test_titles_settings_and_the_order_of_lessons(
    root: Organisation, loaded: Path, desk: Client
) -> None:
    before = read(loaded)
    form = Page(desk.get(f"{TEACHING}modules/mrz/")).form("")
    sent = form.fields | {"title_en": ["The zone"]}
    assert desk.post(f"{TEACHING}modules/mrz/", sent).status_code == 302
    form = Page(desk.get(f"{TEACHING}lessons/mrz-td3/")).form("")
    sent = form.fields | {"minutes": ["11"]}
    assert desk.post(f"{TEACHING}lessons/mrz-td3/", sent).status_code == 302
    desk.post(f"{TEACHING}arrange/", {"move": "lesson mrz-formats after mrz-td3"})
    assert export() == [f"written: {COURSE}/course.yaml"]
    went = changes(before, loaded)[f"{COURSE}/course.yaml"]
    lines = before[f"{COURSE}/course.yaml"].decode().splitlines()
    td3 = next(line for line in lines if "key: mrz-td3" in line)
    title = lines.index('      en: "The machine readable zone"')
    assert sorted(went) == sorted(
        [f"-{lines[title]}", '+      en: "The zone"', f"-{td3}",
         "+" + td3.replace("minutes: 9", "minutes: 11")]
    )  # fmt: skip
    order = (loaded / COURSE / "course.yaml").read_text()
    assert order.index("mrz-td3,") < order.index("mrz-formats,")
    comes_to_the_same(root)


def test_new_modules_and_lessons_of_each_kind(
    root: Organisation, loaded: Path, desk: Client
) -> None:
    desk.post(f"{TEACHING}modules/add/", {"title": "Новий", "token": "abcdefgh"})
    course = Course.objects.get()
    module = course.modules.get(key__endswith="abcdefgh")
    for kind in ("reading", "quiz", "practical", "file", "video"):
        sent = {"title": kind.title(), "kind": kind, "token": f"{kind[:4]}abcd"}
        desk.post(f"{TEACHING}modules/{module.key}/add/", sent)
    by_kind = {one.kind: one for one in module.lessons.all()}
    assert len(by_kind) == 5
    trainer = factories.trainer(root)
    media.attached(by_kind["file"], "download", media.pdf(), name="memo.pdf", actor=trainer)
    media.attached(by_kind["video"], "video", media.mp4(), name="a.mp4", actor=trainer)
    for code in ("uk", "en"):
        media.attached(by_kind["video"], "captions", media.vtt() + code.encode(), name="a.vtt",
                       actor=trainer, language=code)  # fmt: skip
    lines = [Line("show", {"uk": "Показати"})]
    save_checklist(lesson=by_kind["practical"], lines=lines, actor=trainer)
    write_text(desk, by_kind["reading"].key, "uk", lambda body: "<p>Ґава</p>")
    said = export()
    folder = loaded / COURSE
    assert f"written: {COURSE}/questions-course-doc-01.yaml" in said
    assert 'uk: "Показати"' in (folder / "course.yaml").read_text()
    assert (folder / by_kind["reading"].key / "uk.md").read_text() == (
        '---\ntitle: "Reading"\n---\nҐава\n'
    )
    assert sorted(path.name for path in (folder / by_kind["video"].key).rglob("*.*")) == [
        "a.mp4", "a.vtt", "a.vtt",
    ]  # fmt: skip
    comes_to_the_same(root)


def test_what_was_removed_leaves_the_outline_and_its_texts_go(
    root: Organisation, loaded: Path, desk: Client
) -> None:
    before = read(loaded)
    desk.post(f"{TEACHING}arrange/", {"remove": "lesson mrz-visas"})
    said = export()
    assert said[0] == f"written: {COURSE}/course.yaml"
    texts = [f"{COURSE}/mrz-visas/{code}.md" for code in ("uk", "be", "ru", "en")]
    assert said[1:] == [f"removed: {name}" for name in texts]
    found = changes(before, loaded)
    (line,) = found[f"{COURSE}/course.yaml"]
    assert line.startswith("-      - {key: mrz-visas, ")
    assert not (loaded / COURSE / "mrz-visas").exists()
    comes_to_the_same(root)


def test_what_only_the_files_have_stays_and_is_told(
    root: Organisation, loaded: Path, desk: Client
) -> None:
    path = loaded / COURSE / "course.yaml"
    lines = path.read_text().splitlines(keepends=True)
    place = next(at for at, line in enumerate(lines) if "key: mrz-td3" in line)
    lines[place:place] = ["      # to come\n", "      - {key: later, kind: reading}\n"]
    path.write_text("".join(lines))
    assert export(told=f"{COURSE}/course.yaml: later is not in the service") == [
        "Nothing to write."
    ]
    desk.post(f"{TEACHING}arrange/", {"remove": "lesson mrz-td3"})
    export(told="later is not in the service")
    assert "      # to come\n      - {key: later, kind: reading}\n" in path.read_text()
    assert "key: mrz-td3" not in path.read_text()
    desk.post(f"{TEACHING}arrange/", {"remove": "module mrz"})
    export(told="later is not in the service, and goes with the module mrz")
    assert "key: mrz" not in path.read_text()


# The command


def test_a_course_made_in_the_product_stays_with_its_unit(root: Organisation, loaded: Path) -> None:
    unit = factories.unit(root)
    lesson = factories.lesson(factories.module(factories.draft_course(unit, code="NEW-01")))
    said = export()
    assert "written: NEW-01/course.yaml" in said
    assert f"written: NEW-01/{lesson.key}/uk.md" in said
    before = rows()
    assert "NEW-01: unchanged" in load()
    assert rows() == before


def test_line_ends_of_another_system_are_no_difference(root: Organisation, loaded: Path) -> None:
    for path in (
        loaded / "glossary.yaml",
        *loaded.glob(f"{COURSE}/*.yaml"),
        *loaded.rglob("uk.md"),
    ):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert export() == ["Nothing to write."]


def test_half_a_file_is_never_left(
    root: Organisation, loaded: Path, desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_text(desk, "mrz-td3", "en", lambda body: body + "<p>More.</p>")
    before = read(loaded)

    def full(*_args: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("courses.exporting.output.os.fsync", full)
    with pytest.raises(CommandError, match=f"{COURSE}: .*No space left"):
        export()
    assert read(loaded) == before


def test_a_file_that_is_no_yaml_is_named(root: Organisation, loaded: Path) -> None:
    (loaded / COURSE / "questions.yaml").write_text("key: [")
    with pytest.raises(CommandError, match=rf"{COURSE}/questions\.yaml: "):
        export()


def test_what_came_from_the_catalogue_takes_drawings_and_guide_along(
    root: Organisation, loaded: Path, desk: Client, tmp_path: Path
) -> None:
    to = tmp_path / "made" / "here"
    assert f"written: {COURSE}/GUIDE/uk.md" in export("--to", str(to))
    assert read(to) == read(loaded)
    shutil.rmtree(loaded)
    other = factories.service("BY")
    assert "made" in load("BY", "--from", str(to))
    assert content(other) == content(root)


def test_unknown_service_and_course_are_one_sentence(root: Organisation, catalogue: Path) -> None:
    with pytest.raises(CommandError, match=r"^The service has no course 'XXX'\.$"):
        export("--course", "XXX")
    with pytest.raises(CommandError, match=r"^There is no service 'YY'\.$"):
        call_command("export_catalogue", "--service", "YY")
