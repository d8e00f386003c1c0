"""The certificate's page, read back with the tools of others: poppler, pikepdf and zxing-cpp."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
import zxingcpp
from PIL import Image

from certificates.render import WORDS, Face, MissingGlyph, draw, facts, long_date

NAMES = {
    "uk": "Ґалаґан Мар’яна Їжакевич",
    "be": "Кавалёў Сяргей Ўладзіслававіч",
    "ru": "Щёголев Пётр Подъячих",
    "en": "Ostap Galagan",
}
COURSES = {
    "uk": "Перевірка проїзних документів",
    "be": "Праверка праязных дакументаў",
    "ru": "Проверка проездных документов",
    "en": "Examination of Travel Documents",
}
URL = "https://waypost.example/v/MQ2S5YSQXWUKMHY7"
UKRAINIAN = Face(
    serial="MQ2S5YSQXWUKMHY7",
    name_native=NAMES["uk"],
    name_latin="Galagan Mariana",
    course_title=COURSES["uk"],
    course_title_en=COURSES["en"],
    language="uk",
    minutes=255,
    result=Decimal("92.99"),
    issued=date(2026, 11, 24),
    expires=date(2028, 3, 1),
    verify_url=URL,
    issuer="Навчальний центр прикордонної підготовки (демонстраційний)",
    issuer_en="Border Training Centre (demonstration)",
    signatories=(("Марія Литвин", "начальниця центру / Head of Centre"),),
    is_specimen=False,
)
FACES = {
    "uk": UKRAINIAN,
    "be": replace(
        UKRAINIAN,
        language="be",
        name_native=NAMES["be"],
        name_latin="Kavaliou Siarhei",
        course_title=COURSES["be"],
    ),
    "ru": replace(
        UKRAINIAN,
        language="ru",
        name_native=NAMES["ru"],
        name_latin="Shchegolev Petr",
        course_title=COURSES["ru"],
        signatories=(),
    ),
    "en": replace(
        UKRAINIAN,
        language="en",
        name_native=NAMES["en"],
        name_latin=NAMES["en"],
        course_title=COURSES["en"],
        issuer="Border Training Centre (demonstration)",
    ),
}
LONG_NAME = (
    "Мар’яна-Олександра Ґалаґанівська-Їжакевич Христофорівна з роду Нечуй-Щербаківських-Заболот"
)
LONG_TITLE = (
    "Перевірка проїзних документів, посвідчень особи та віз на першій лінії прикордонного контролю"
    " в пунктах пропуску для автомобільного сполучення"
)[:140]
LONG = replace(
    UKRAINIAN,
    name_native=LONG_NAME,
    name_latin="Mariana-Oleksandra " * 5,
    course_title=LONG_TITLE,
    course_title_en="Examination of travel documents " * 5,
    issuer="Навчальний центр прикордонної підготовки " * 4,
    issuer_en="Border Training Centre " * 6,
    verify_url="https://navchannia.prykordonna-sluzhba.example/certificates/v/MQ2S5YSQXWUKMHY7",
    signatories=(("Марія-Олександра Литвиненко-Ґалаґанівська", "начальниця центру " * 6),) * 3,
    is_specimen=True,
)


def run(*command: str, pdf: bytes) -> bytes:
    """Runs a program of poppler on a file; a missing one is an error, never a skip."""
    done = subprocess.run(command, input=pdf, capture_output=True, check=True)
    return done.stdout


def text_of(pdf: bytes) -> str:
    return run("pdftotext", "-layout", "-enc", "UTF-8", "-", "-", pdf=pdf).decode()


def image_of(pdf: bytes, dots_per_inch: int = 150) -> Image.Image:
    ppm = run("pdftoppm", "-r", str(dots_per_inch), "-", pdf=pdf)
    return Image.open(BytesIO(ppm))


def words_with_boxes(pdf: bytes, folder: Path) -> list[tuple[float, float, float, float]]:
    """The box of each word as poppler sees it: x and y of its corners, from the upper left."""
    (folder / "c.pdf").write_bytes(pdf)
    html = run("pdftotext", "-bbox", str(folder / "c.pdf"), "-", pdf=b"").decode()
    boxes = [line.split('"')[1:9:2] for line in html.splitlines() if "<word " in line]
    return [(float(a), float(b), float(c), float(d)) for a, b, c, d in boxes]


@pytest.mark.parametrize("language", FACES)
def test_names_titles_and_serial_can_be_read_back(language: str) -> None:
    face = FACES[language]
    text = text_of(draw(face))
    assert face.name_native in text
    assert face.name_latin in text
    assert face.course_title in text
    assert face.course_title_en in text
    assert face.issuer in text
    assert "MQ2S-5YSQ-XWUK-MHY7" in text
    assert URL.removeprefix("https://") in text
    assert WORDS["title"][language] in text
    for name, post in face.signatories:
        assert name in text
        assert post in text


@pytest.mark.parametrize("language", ["uk", "be", "ru"])
def test_english_stands_under_the_native_words(language: str) -> None:
    text = text_of(draw(FACES[language]))
    for part in ("title", "lead", "body", "check"):
        assert WORDS[part][language] in text
        assert WORDS[part]["en"] in text
    assert " · ".join(facts(FACES[language], language)) in text
    assert " · ".join(facts(FACES[language], "en")) in text


def test_english_alone_is_said_once() -> None:
    face = FACES["en"]
    text = text_of(draw(face))
    once = [WORDS[part]["en"] for part in ("title", "lead", "body", "check")]
    for said in (*once, face.name_native, face.course_title, face.issuer, "Duration:"):
        assert text.count(said) == 1, said


FACTS = """
uk Обсяг: 4,3 год · Результат: 92 % · Дата видачі: 24 листопада 2026. Дійсний до: 1 березня 2028
be Аб’ём: 4,3 гадз. · Вынік: 92 % · Дата выдачы: 24 лістапада 2026. Сапраўдны да: 1 сакавіка 2028
ru Объём: 4,3 ч · Результат: 92 % · Дата выдачи: 24 ноября 2026. Действителен до: 1 марта 2028
en Duration: 4.3 hours · Result: 92 % · Date of issue: 24 November 2026. Valid until: 1 March 2028
"""


@pytest.mark.parametrize("line", FACTS.strip().splitlines())
def test_facts_in_each_language(line: str) -> None:
    language, said = line.split(" ", 1)
    assert " · ".join(facts(FACES[language], language)) == said


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (60, "Duration: 1 hour"),
        (240, "Duration: 4 hours"),
        (90, "Duration: 1.5 hours"),
        (63, "Duration: 1.1 hours"),  # 1.05: half up
        (62, "Duration: 1 hour"),
        (600, "Duration: 10 hours"),
        (59, "Duration: 1 hour"),
    ],
)
def test_hours_are_rounded_half_up_to_tenths(minutes: int, said: str) -> None:
    assert facts(replace(UKRAINIAN, minutes=minutes), "en")[0] == said


@pytest.mark.parametrize(
    ("result", "said"),
    [("79.9999999", "79 %"), ("100", "100 %"), ("0", "0 %"), ("1E+2", "100 %"), ("92.00", "92 %")],
)
def test_a_result_is_never_rounded_up(result: str, said: str) -> None:
    assert facts(replace(UKRAINIAN, result=Decimal(result)), "en")[1] == f"Result: {said}"


def test_what_is_not_known_is_left_out() -> None:
    bare = replace(UKRAINIAN, minutes=0, result=None, expires=None)
    assert facts(bare, "uk") == ["Дата видачі: 24 листопада 2026. Без обмеження строку дії"]


def test_the_words_are_whole() -> None:
    for part, said in WORDS.items():
        assert set(said) == {"uk", "be", "ru", "en"}, part
    for language in FACES:
        assert len({long_date(date(2026, month, 9), language) for month in range(1, 13)}) == 12


def test_fonts_are_embedded_subsets_and_none_is_helvetica() -> None:
    for face in (*FACES.values(), LONG):
        pdf = draw(face)
        fonts = run("pdffonts", "-", pdf=pdf).decode().splitlines()[2:]
        assert 4 <= len(fonts) <= 8
        for line in fonts:
            assert "+PTS" in line
            assert line.split()[-5:-2] == ["yes", "yes", "yes"]  # embedded, subset, unicode
        with pikepdf.open(BytesIO(pdf)) as opened:
            assert not any(b"Helvetica" in object_.unparse() for object_ in opened.objects)


@pytest.mark.parametrize("language", FACES)
@pytest.mark.parametrize("is_specimen", [False, True])
def test_qr_leads_to_the_check_page(language: str, is_specimen: bool) -> None:
    face = replace(FACES[language], is_specimen=is_specimen)
    codes = zxingcpp.read_barcodes(image_of(draw(face)))
    assert [code.text for code in codes] == [URL]
    assert codes[0].ec_level == "M"


def test_qr_of_a_long_address_on_a_crowded_page() -> None:
    codes = zxingcpp.read_barcodes(image_of(draw(LONG)))
    assert [code.text for code in codes] == [LONG.verify_url]


def test_the_page_is_one_a4_on_its_side() -> None:
    with pikepdf.open(BytesIO(draw(UKRAINIAN))) as opened:
        (page,) = opened.pages
        width, height = (float(length) for length in page.mediabox[2:])
        assert (width, height) == pytest.approx((297 * 72 / 25.4, 210 * 72 / 25.4), abs=0.01)
        pictures = [thing for thing in opened.objects if b"/Image " in thing.unparse()]
        assert not pictures, "everything is drawn as vectors"


@pytest.mark.parametrize(
    "face",
    [
        *FACES.values(),
        LONG,
        replace(LONG, signatories=()),
        replace(LONG, name_native="Щ" * 90, course_title="Ж" * 140, signatories=()),
        replace(LONG, name_native="Ґалаґан " * 40, course_title="Перевірка " * 60),
    ],
    ids=["uk", "be", "ru", "en", "long", "unsigned", "one word", "endless"],
)
def test_text_stays_inside_the_frame_and_lines_apart(face: Face, tmp_path: Path) -> None:
    level = replace(face, is_specimen=False)  # the box of a slanting word says little
    boxes = words_with_boxes(draw(level), tmp_path)
    assert len(boxes) >= 20
    for left, top, right, foot in boxes:
        assert left >= 46.5
        assert right <= 841.89 - 46.5
        assert top >= 46.5
        assert foot <= 595.28 - 46.5
    for one in boxes:
        for other in boxes:
            across = min(one[2], other[2]) - max(one[0], other[0])
            down = min(one[3], other[3]) - max(one[1], other[1])
            height = min(one[3] - one[1], other[3] - other[1])
            assert one is other or across <= 1 or down <= 0.4 * height, (one, other)


def test_a_long_name_and_title_are_said_whole() -> None:
    assert len(LONG_NAME) >= 88
    assert len(LONG_TITLE) == 140
    text = " ".join(run("pdftotext", "-raw", "-", "-", pdf=draw(LONG)).decode().split())
    assert LONG_NAME in text
    assert f"«{LONG_TITLE.strip()}»" in text


@pytest.mark.parametrize(
    "wrong",
    [
        {"name_native": "Остап 漢"},
        {"course_title": "Курс 漢"},
        {"signatories": (("漢", "post"),)},
        {"signatories": (("name", "漢"),)},
    ],
)
def test_a_missing_glyph_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(MissingGlyph) as refused:
        draw(replace(UKRAINIAN, **wrong))
    assert refused.value.char == "漢"
    assert "漢" in refused.value.text
    assert "U+6F22" in str(refused.value)


def test_letters_in_two_parts_are_composed() -> None:
    apart = "І\u0308жакевич Андрі\u0438\u0306"
    assert "Їжакевич Андрій" in text_of(draw(replace(UKRAINIAN, name_native=apart)))


def test_a_stressed_vowel_can_be_drawn() -> None:
    assert draw(replace(UKRAINIAN, name_native="Ба\u0301йда"))


@pytest.mark.parametrize("language", FACES)
def test_the_specimen_says_so_and_no_other_does(language: str) -> None:
    face = FACES[language]
    marked, plain = draw(replace(face, is_specimen=True)), draw(face)
    words = {WORDS["specimen"][language], WORDS["specimen"]["en"]}
    assert all(text_of(marked).count(word) == 1 for word in words)
    assert not any(word in text_of(plain) for word in words)
    assert face.name_native in text_of(marked)


def test_the_ribbon_lies_under_the_name() -> None:
    """Each dark dot of the plain page is as dark on the specimen: the ribbon covers no text."""
    plain = image_of(draw(UKRAINIAN), 60).convert("L")
    marked = image_of(draw(replace(UKRAINIAN, is_specimen=True)), 60).convert("L")
    pairs = list(zip(plain.tobytes(), marked.tobytes(), strict=True))
    dark = [(before, after) for before, after in pairs if before < 80]
    assert len(dark) > 1000
    assert all(after <= before + 3 for before, after in dark)
    assert sum(before > 250 > after for before, after in pairs) > 5000


def test_what_the_file_says_of_itself() -> None:
    with pikepdf.open(BytesIO(draw(UKRAINIAN))) as opened:
        about = {str(key): str(value) for key, value in opened.docinfo.items()}
        assert str(opened.Root.Lang) == "uk"
        assert bool(opened.Root.ViewerPreferences.DisplayDocTitle)
        assert str(opened.pages[0].Annots[0].A.URI) == URL
    assert COURSES["uk"] in about["/Title"]
    assert about["/Author"] == UKRAINIAN.issuer
    assert "MQ2S-5YSQ-XWUK-MHY7" in about["/Subject"]
    assert about["/CreationDate"] == about["/ModDate"] == "D:20261124000000Z"


def test_the_same_face_gives_the_same_bytes_everywhere() -> None:
    """In another process, with another hash seed and in another zone."""
    program = (
        f"import hashlib, runpy; m = runpy.run_path({__file__!r});"
        "print(hashlib.sha256(m['draw'](m['LONG'])).hexdigest())"
    )
    seen = set()
    for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo")):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "PYTHONPATH": os.getcwd()}
        command = [sys.executable, "-c", program]
        done = subprocess.run(command, env=environment, capture_output=True, check=True)
        seen.add(done.stdout)
    assert len(seen) == 1
    assert draw(LONG) == draw(LONG)
