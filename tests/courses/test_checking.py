"""`manage.py check_catalogue`: silent on right content, exact on each kind of fault."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from courses.checking import check_catalogue
from courses.checking_mrz import faults_of
from courses.checking_words import faults_of_letters, faults_of_words, is_like
from lms.readable import read_yaml
from tests.catalogue import cut_catalogue

VISAS = "DOC-01/mrz-visas"
TD3 = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A part of the repository's catalogue, to be broken."""
    return cut_catalogue(tmp_path / "catalogue")


def test_the_catalogue_of_the_repository_has_nothing_to_mend() -> None:
    out = StringIO()
    call_command("check_catalogue", stdout=out)
    assert out.getvalue() == "Nothing to mend.\n"


# A fault a row: the file, what stands there, what is put in its place, and what is said of it.
FAULTS = [
    (f"{VISAS}/uk.md", "На наступній зміні", "На наступнiй зміні",
     f"{VISAS}/uk.md: “наступнiй” mixes Latin and Cyrillic letters"),
    (f"{VISAS}/uk.md", "Самої довжини замало.", "Самої довжыни замало.",
     f"{VISAS}/uk.md: “довжыни” has a letter that the language does not have: ы"),
    (f"{VISAS}/uk.md", "Ось віза", "This is the віза",
     f"{VISAS}/uk.md: left in English: “This is the”"),
    (f"{VISAS}/uk.md", "У візі три контрольні цифри", "У візі три контрольні числа",
     f"{VISAS}/uk.md: “контрольні числа” is not used: write “контрольна цифра”"),
    (f"{VISAS}/be.md", "![", "[знакі](term:no-such-term)\n\n![",
     f"{VISAS}/be.md: the glossary has no term “no-such-term”"),
    (f"{VISAS}/ru.md", "figures/visa-end.svg", "figures/visa-fin.svg",
     f"{VISAS}/ru.md: there is no figures/visa-fin.svg"),
    (f"{VISAS}/en.md", "VT0000019[6]UTO910305[2]", "VT0000019[6]UTO910305[3]",
     f"{VISAS}/en.md: the machine readable zone is wrong in: birth"),
    ("DOC-01/mrz-check-digits/en.md", "```mrz birth-date", "```mrz birth-date number",
     "DOC-01/mrz-check-digits/en.md: the machine readable zone is said to be wrong, but is right "
     "in: number"),
    ("DOC-01/figures/visa-end.svg", "<desc>{{desc}}</desc>", "",
     "DOC-01/figures/visa-end.svg: no <desc> that says what is drawn in: uk, be, ru, en"),
    ("DOC-01/figures/visa-zone.yaml", "\ntitle:\n  uk:", "\ntitle:\n  xx:",
     "DOC-01/figures/visa-zone.yaml: missing in: uk"),
    ("DOC-01/mrz-td3/en.md", "\n## ", "\n[more](ftp://example.org/)\n\n## ",
     "DOC-01/mrz-td3/en.md: a link or other part of the text is taken out on the page"),
    ("DOC-01/GUIDE/uk.md", "## Що обговорити", "## Щo обговорити",
     "DOC-01/GUIDE/uk.md: “Щo” mixes Latin and Cyrillic letters"),
    ("DOC-01/course.yaml", '      en: "The machine readable zone"\n', "",
     "DOC-01/course.yaml: missing in: en"),
]  # fmt: skip


def broken(copy: Path, name: str, old: str, new: str) -> None:
    path = copy / name
    text = path.read_text(encoding="utf-8")
    assert old in text, (name, old)
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def found(copy: Path) -> list[str]:
    return [f"{one.path}: {one.what}" for one in check_catalogue(copy)]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault[3][:60])
def test_each_fault_is_found_where_it_is(copy: Path, fault: tuple[str, str, str, str]) -> None:
    name, old, new, said = fault
    broken(copy, name, old, new)
    assert said in found(copy)


def test_the_line_is_that_of_the_fault(copy: Path) -> None:
    broken(copy, f"{VISAS}/uk.md", "Самої довжини замало.", "Самої довжыни замало.")
    lines = (copy / VISAS / "uk.md").read_text(encoding="utf-8").splitlines()
    finding = check_catalogue(copy)[0]
    assert "довжыни" in lines[finding.line - 1]
    assert str(finding).startswith(f"{VISAS}/uk.md:{finding.line}: ")


def test_a_broken_copy_yields_exactly_its_faults(copy: Path) -> None:
    for name, old, new, _said in FAULTS:
        broken(copy, name, old, new)
    (copy / "DOC-01/mrz-td1-td2/be.md").unlink()
    (copy / "DOC-01/GUIDE/be.md").unlink()
    guide = copy / "DOC-01/GUIDE/ru.md"  # which may be of any length
    guide.write_text("---\ntitle: Руководство\n---\nКоротко.\n", encoding="utf-8")
    short = copy / "DOC-01/mrz-names-codes/ru.md"
    text = short.read_text(encoding="utf-8")
    short.write_text(text[: len(text) // 3].rpartition("\n\n")[0], encoding="utf-8")
    expected = {said for *_rest, said in FAULTS} | {
        "DOC-01/course.yaml: GUIDE: missing in: be",
        "DOC-01/course.yaml: mrz-td1-td2: missing in: be",
        "DOC-01/mrz-names-codes/ru.md: much shorter or longer than in the other languages",
        "DOC-01/figures/visa-zone.svg: visa-zone.yaml: no label 'title' in 'uk'",
    }
    linked = {
        f"{VISAS}/{code}.md: the term “no-such-term” is linked in other languages, not here"
        for code in ("uk", "ru", "en")
    }
    assert set(found(copy)) == expected | linked


def question(copy: Path, number: int = 0) -> tuple[Path, str]:
    path = copy / "DOC-01" / "questions.yaml"
    return path, read_yaml(path)["questions"][number]["key"]


def test_faults_of_questions(copy: Path) -> None:
    path, key = question(copy)
    text = path.read_text(encoding="utf-8")
    start = text.index("  - key: ")
    end = text.index("  - key: ", start + 1)
    first = text[start:end]
    assert "right: true" in first
    twin = first.replace(f"key: {key}", "key: twin")
    twin = twin.replace("right: true", "right: false")
    before, _word, after = text[end:].rpartition("explanation:")
    path.write_text(text[:end] + twin + before + "hint:" + after, encoding="utf-8")
    last = read_yaml(path)["questions"][-1]["key"]
    assert [one.split("yaml: ")[1] for one in found(copy)] == [
        "twin: 0 right answers, not one",
        f"twin: nearly the same question as {key}",
        f"{last}: no explanation",
    ]


def test_outcomes_are_asked_for_where_the_course_names_its_own(copy: Path) -> None:
    broken(copy, "DOC-01/course.yaml", "minutes: 9, outcomes: [read-mrz]}",
           "minutes: 9, outcomes: [other]}")  # fmt: skip
    _path, key = question(copy)
    broken(copy, "DOC-01/questions.yaml", "    outcomes: [read-mrz]\n", "")
    said = found(copy)
    assert "DOC-01/course.yaml: mrz-formats: the course has no outcome “other”" in said
    assert [one for one in said if one.endswith(": no outcome")] == [
        f"DOC-01/questions.yaml: {key}: no outcome"
    ]


def test_the_command_counts_what_is_to_be_mended(copy: Path) -> None:
    broken(copy, *FAULTS[0][:3])
    out = StringIO()
    with pytest.raises(CommandError, match=r"^1 to mend in 1 files\.$"):
        call_command("check_catalogue", str(copy), stdout=out)
    assert out.getvalue().startswith(f"{VISAS}/uk.md:")
    with pytest.raises(CommandError, match="There is no folder"):
        call_command("check_catalogue", str(copy / "absent"))


def test_a_file_that_is_no_yaml_names_its_line(copy: Path) -> None:
    (copy / "DOC-01" / "questions.yaml").write_text("key: mrz\nquestions: [\n", encoding="utf-8")
    assert found(copy) == ["DOC-01/questions.yaml: this is no YAML"]


# Words


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("uk", "під'їзд"), ("uk", "підʼїзд"), ("uk", "вўлиця"), ("be", "щось"), ("be", "и"),
        ("be", "аб`ём"), ("be", "стў"), ("ru", "її"), ("ru", "oкно"), ("ru", "see the next page"),
    ],
)  # fmt: skip
def test_letters_that_are_wrong(language: str, text: str) -> None:
    assert list(faults_of_letters(text, language))


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("uk", "Об’єкт, ґрунт, її, паспорт UTO, `мыло` і MRV-B"), ("be", "Ўсё аб’ём, ў ім, цётка"),
        ("ru", "Объём, подъезд, ёлка"), ("en", "Anything goes, это тоже"),
        ("uk", "[зону](https://example.org/one/two/three)"),
    ],
)  # fmt: skip
def test_letters_that_are_right(language: str, text: str) -> None:
    assert not list(faults_of_letters(text, language))


def test_a_banned_word_is_found_in_any_form() -> None:
    avoid = [("контрольн* числ*", "контрольна цифра")]
    assert list(faults_of_words("Без контрольного  числа.", avoid))
    assert not list(faults_of_words("Контрольна цифра; `контрольне число`.", avoid))


@pytest.mark.parametrize(
    ("words", "term", "alike"),
    [("чипа", "чип", True), ("лупою", "лупа", True), ("зоною", "машинозчитувана зона", True),
     ("папери", "паспорт", False)],
)  # fmt: skip
def test_a_link_has_the_words_of_its_term(words: str, term: str, alike: bool) -> None:
    assert is_like(words, term) is alike


# Machine readable zones


def test_the_specimen_of_the_standard_is_right() -> None:
    assert faults_of(TD3) == set()
    assert faults_of("no zone") is None
    assert faults_of(TD3.splitlines()[1]) is None


@pytest.mark.parametrize(
    ("old", "new", "wrong"),
    [
        ("L898902C36", "L898902C37", {"number", "composite"}),
        ("7408122", "7408123", {"birth", "composite"}),
        ("1204159", "1204158", {"expiry", "composite"}),
        ("7408122", "7413122", {"birth", "birth-date", "composite"}),
        ("10", "11", {"composite"}),
    ],
)
def test_a_wrong_digit_is_named(old: str, new: str, wrong: set[str]) -> None:
    assert (
        faults_of(TD3[:-2] + TD3[-2:].replace(old, new) if old == "10" else TD3.replace(old, new))
        == wrong
    )
