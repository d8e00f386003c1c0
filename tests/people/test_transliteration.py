"""Latin names: the tables of Ukraine, Belarus and Russia, and what holds for any name at all."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.people.transliteration import latin_name, normalise_name
from tests.vectors import vector

UKRAINIAN = [
    ("Згурський Григорій", "Zghurskyi Hryhorii"),
    ("Яценко Юлія", "Yatsenko Yuliia"),
    ("Їжакевич Єлизавета", "Yizhakevych Yelyzaveta"),
    ("Соловйова Мар’яна", "Soloviova Mariana"),
    ("Щербань Олексій", "Shcherban Oleksii"),
    ("Йосипенко Андрій", "Yosypenko Andrii"),
    ("Ґалаґан Наталія", "Galagan Nataliia"),
    ("Розгон В’ячеслав", "Rozghon Viacheslav"),
    ("Лук’яненко Євгенія", "Lukianenko Yevheniia"),
    ("Гаєвська Анна-Юлія", "Haievska Anna-Yuliia"),
    ("Цюрупа Ігор", "Tsiurupa Ihor"),
    ("Знам’янський Юрій", "Znamianskyi Yurii"),
    ("Ільїн Кузьма", "Ilin Kuzma"),
    ("Жежель Хома", "Zhezhel Khoma"),
    ("Шевчук Олена", "Shevchuk Olena"),
    # the examples that the table of the resolution is explained with
    ("Єнакієве", "Yenakiieve"),
    ("Гаєвич", "Haievych"),
    ("Йосипівка", "Yosypivka"),
    ("Крюківка", "Kriukivka"),
    ("Згорани", "Zghorany"),
]
BELARUSIAN = [
    ("Бабрыковіч Аляксандр", "Babrykovich Aliaksandr"),
    ("Міховіч Марыя", "Mikhovich Maryia"),
    ("Кавалёў Сяргей", "Kavaliou Siarhei"),
    ("Савіцкі Мікалай", "Savitski Mikalai"),
    ("Ігнатовіч Ігар", "Ihnatovich Ihar"),
    ("Дзюба Вольга", "Dziuba Volha"),
    ("Шчарбакова Ганна", "Shcharbakova Hanna"),
    ("Лук’янава Дар’я", "Lukianava Daria"),
    ("Хвядосаў Цімафей", "Khviadosau Tsimafei"),
    ("Ёрш Святлана", "Iorsh Sviatlana"),
    ("Жук Яўген", "Zhuk Iauhen"),
    ("Зайцаў Міхаіл", "Zaitsau Mikhail"),
    ("Гуткоўская Алена", "Hutkouskaia Alena"),
    ("Юркевіч Юлія", "Iurkevich Iuliia"),
]
RUSSIAN = [
    ("Щукин Сергей", "Shchukin Sergei"),
    ("Ёлкина Юлия", "Elkina Iuliia"),
    ("Подъячев Михаил", "Podieiachev Mikhail"),
    ("Хрущёв Артём", "Khrushchev Artem"),
    ("Цой Эльдар", "Tsoi Eldar"),
    ("Жданов Евгений", "Zhdanov Evgenii"),
    ("Выхина Наталья", "Vykhina Natalia"),
    ("Яковлева Дарья", "Iakovleva Daria"),
    ("Зайцев Юрий", "Zaitsev Iurii"),
    ("Объедков Илья", "Obieedkov Ilia"),
    ("Чехов Григорий", "Chekhov Grigorii"),
    ("Соловьёв Николай", "Solovev Nikolai"),
]
APOSTROPHES = "'’ʼ`´‘‛′ʹʻʽ＇"

TABLES = [("UA", "uk"), ("UA", None), ("BY", "be"), ("BY", None), ("BY", "ru"), ("LV", "lv")]
SILENT = "ьЬ" + APOSTROPHES
LETTERS = (
    "абвгґдеєжзиіїйклмнопрстуфхцчшщюя"  # Ukrainian
    "ёўыэ"  # Belarusian
    "ъ"  # Russian
)
LETTERS += LETTERS.upper()

# A part of a name sounds: a soft sign or an apostrophe alone is no name.
parts = st.tuples(st.sampled_from(LETTERS), st.text(LETTERS + SILENT, max_size=12)).map("".join)
names = st.builds(
    lambda first, rest: first + "".join(separator + part for separator, part in rest),
    parts,
    st.lists(st.tuples(st.sampled_from(" -"), parts), max_size=4),
)
tables = st.sampled_from(TABLES)


def vectors(name: str) -> Any:
    return json.loads(vector("transliteration", name).read_text(encoding="utf-8"))


@pytest.mark.parametrize(("native", "expected"), UKRAINIAN)
def test_ukrainian(native: str, expected: str) -> None:
    assert latin_name(native, country="UA") == expected
    assert latin_name(native, country="UA", language="ru") == expected


@pytest.mark.parametrize(("native", "expected"), BELARUSIAN)
def test_belarusian(native: str, expected: str) -> None:
    assert latin_name(native, country="BY") == expected
    assert latin_name(native, country="BY", language="be") == expected


@pytest.mark.parametrize(("native", "expected"), RUSSIAN)
def test_russian_record_of_belarus(native: str, expected: str) -> None:
    assert latin_name(native, country="BY", language="ru") == expected


def test_examples_of_the_ukrainian_resolution() -> None:
    pairs = [(pair["from_"], pair["to"]) for pair in vectors("ukrainian_kmu55.json")]
    assert len(pairs) >= 36  # the file holds 37, its index counts 36
    wrong = {a: b for a, b in pairs if latin_name(a, country="UA") != b}
    assert wrong == {}


def test_samples_of_the_icao_schema() -> None:
    samples = vectors("icao_doc_9303.json")["samples"]
    assert samples
    wrong = {a: b for a, b in samples if latin_name(a, country="BY", language="ru") != b}
    assert wrong == {}


@pytest.mark.parametrize("folder", ["no/such/folder", "/no/such/folder"])
def test_missing_vectors_are_loud(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAYPOST_VECTORS", folder)
    with pytest.raises(pytest.fail.Exception, match=r"TEST VECTORS ARE MISSING.*WAYPOST_VECTORS"):
        vectors("ukrainian_kmu55.json")


@pytest.mark.parametrize(
    ("native", "expected"),
    [
        ("ЩЕРБАНЬ", "SHCHERBAN"),
        ("ЗГУРСЬКИЙ", "ZGHURSKYI"),
        ("ЩЕРБАНЬ Юлія", "SHCHERBAN Yuliia"),
        ("ЩЕРБАНЬ Ю. Я.", "SHCHERBAN YU. YA."),
        ("Щербань Ю. Я.", "Shcherban Yu. Ya."),
        ("Щ", "Shch"),
        ("щербань", "shcherban"),
        ("МАР’ЯНА-ЄВА", "MARIANA-YEVA"),
        ("МакЮрій", "MakIurii"),
        ("розГін", "rozGhin"),
    ],
)
def test_case(native: str, expected: str) -> None:
    assert latin_name(native, country="UA") == expected


@pytest.mark.parametrize(
    ("native", "expected"),
    [
        ("Лук’яненко-Яворська", "Lukianenko-Yavorska"),
        ("Анна-Юлія Єва", "Anna-Yuliia Yeva"),
        ("Гаєвська (Яценко)", "Haievska (Yatsenko)"),
        ("Ю.Я.Єва", "Yu.Ya.Yeva"),
        ("’Юрій", "Yurii"),
        ("льє", "lie"),
    ],
)
def test_what_begins_a_word(native: str, expected: str) -> None:
    assert latin_name(native, country="UA") == expected


@pytest.mark.parametrize("apostrophe", APOSTROPHES)
def test_every_apostrophe_is_one(apostrophe: str) -> None:
    assert normalise_name(f"Мар{apostrophe}яна") == "Мар’яна"
    assert latin_name(f"Мар{apostrophe}яна", country="UA") == "Mariana"
    assert latin_name(f"Дар{apostrophe}я", country="BY") == "Daria"


def test_normalised_name() -> None:
    # і and й written as letter and mark, no-break and doubled spaces, a tab, a line end
    assert normalise_name(" \u0407жак\u00a0 Серг\u0456\u0438\u0306\t\n") == "Їжак Сергій"
    assert latin_name("\u0406\u0308жак", country="UA") == "Yizhak"
    assert normalise_name("") == normalise_name(" \n") == ""


def test_stress_marks_are_not_letters() -> None:
    assert latin_name("Оле\u0301на", country="UA") == "Olena"


@pytest.mark.parametrize("text", ["", "O'Brien  Müller-Łuk", "Zoe\u0308", "Yulia S. (2)", "—"])
@pytest.mark.parametrize(("country", "language"), TABLES)
def test_latin_is_left_as_it_is(text: str, country: str, language: str | None) -> None:
    assert latin_name(text, country=country, language=language) == text


def test_latin_words_beside_cyrillic_ones() -> None:
    assert latin_name("Олена O'Brien", country="UA") == "Olena O’Brien"


def test_letters_of_a_neighbour_never_stay() -> None:
    assert latin_name("Ёлкин Объедков", country="UA") == "Elkyn Obieedkov"
    assert latin_name("Щукин Їжак", country="BY", language="be") == "Shchukin Izhak"
    assert latin_name("Быкаў Ігар", country="BY", language="ru") == "Bykau Igar"


def test_a_country_without_a_table_gets_the_general_one() -> None:
    assert latin_name("Щукин Гай", country="LV") == "Shchukin Gai"


@given(names, tables)
def test_no_cyrillic_letter_is_left(name: str, table: tuple[str, str | None]) -> None:
    country, language = table
    assert not re.search(r"[\u0400-\u052f]", latin_name(name, country=country, language=language))


@given(names, tables)
def test_what_is_latin_already_does_not_change(name: str, table: tuple[str, str | None]) -> None:
    country, language = table
    once = latin_name(name, country=country, language=language)
    assert latin_name(once, country=country, language=language) == once


@given(names, tables)
def test_as_many_parts_as_before(name: str, table: tuple[str, str | None]) -> None:
    country, language = table
    latin = latin_name(name, country=country, language=language)
    assert all(re.split("[ -]", latin))
    assert re.findall("[ -]", latin) == re.findall("[ -]", name)


@given(st.text() | names)
def test_a_normalised_name_stays(name: str) -> None:
    once = normalise_name(name)
    assert normalise_name(once) == once
