"""The interface's messages: how they are collected, merged and checked; and the gate.

The gate: the committed catalogues hold exactly what the code says, translated without a fault.
`manage.py messages` writes them; a translator does the rest.
"""

import ast
import io
import textwrap

import polib
import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils.translation import trans_real

from lms.ui import messages
from lms.ui.management.checking import BRACES, POSITIONAL
from lms.ui.messages import Message, combine, extract, merge, new_catalogue, problems

SLAVIC = ("uk", "be", "ru")


def write(root, name, text):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    return path


def keys(found):
    return {(message.context, message.msgid, message.plural) for message in found}


def catalogue(language, *entries):
    made = new_catalogue(language)
    made.extend(entries)
    return made


# Collecting from Python


def test_python_functions_and_aliases(tmp_path):
    write(
        tmp_path,
        "app/models.py",
        """
        from django.utils import translation
        from django.utils import translation as t
        from django.utils.translation import gettext_lazy as _, ngettext, pgettext as p
        from django.utils.translation import npgettext_lazy, ngettext_lazy as many

        A = _("plain")
        B = ngettext("%(n)d day", "%(n)d days", 2)
        C = p("verb", "close")
        D = npgettext_lazy("time", "%(n)d hour", "%(n)d hours", "n")
        E = many("one", "more", 3)
        F = translation.gettext("by module")
        G = t.pgettext_lazy("noun", "close")
        H = _("in two "
              "parts")
        """,
    )
    assert keys(extract(tmp_path)) == {
        (None, "plain", ""),
        (None, "%(n)d day", "%(n)d days"),
        ("verb", "close", ""),
        ("time", "%(n)d hour", "%(n)d hours"),
        (None, "one", "more"),
        (None, "by module", ""),
        ("noun", "close", ""),
        (None, "in two parts", ""),
    }


def test_python_what_is_no_message(tmp_path):
    write(
        tmp_path,
        "app/views.py",
        """
        from elsewhere import gettext, pgettext
        from django.utils.translation import ngettext

        gettext("not Django's")
        self.gettext("a method")
        _(variable)
        _(f"{variable}")
        ngettext(variable, "literal", 2)
        _("")
        """,
    )
    assert extract(tmp_path) == []


def test_the_underscore_counts_without_an_import(tmp_path):
    write(tmp_path, "app/a.py", '_("here")')
    assert keys(extract(tmp_path)) == {(None, "here", "")}


def test_occurrences_name_file_and_line(tmp_path):
    write(tmp_path, "b.py", '\n\n_("both")\n_("only b")\n')
    write(tmp_path, "a.py", '_("both")\n')
    both, only = extract(tmp_path)
    assert both.occurrences == (("a.py", 1), ("b.py", 3))
    assert only.occurrences == (("b.py", 4),)


@pytest.mark.parametrize(
    "folder", ["tests", "app/tests", "app/migrations", ".venv/lib", ".data", "app/__pycache__"]
)
def test_folders_that_are_left_out(tmp_path, folder):
    write(tmp_path, f"{folder}/a.py", '_("no")')
    write(tmp_path, f"{folder}/templates/a.html", '{% translate "no" %}')
    assert extract(tmp_path) == []


# Collecting from templates


def template(source):
    return messages.template_messages(source, "t.html")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('{% translate "Sign in" %}', (None, "Sign in", "")),
        ("{% trans 'Old spelling' %}", (None, "Old spelling", "")),
        ('{% translate "It\'s so" as so %}', (None, "It's so", "")),
        ('{% translate "Open" context "adjective" %}', ("adjective", "Open", "")),
        ('{% translate "100% done" %}', (None, "100%% done", "")),
        ('{{ x|default:_("none (yet)") }}', (None, "none (yet)", "")),
        ('{{ _("a constant") }}', (None, "a constant", "")),
        ('{{ _("say \\"so\\"") }}', (None, 'say "so"', "")),
        ('{{ _("100%") }}', (None, "100%%", "")),
        ('{% include "a.html" with label=_("Menu") %}', (None, "Menu", "")),
        ("{% blocktranslate %} as it is {% endblocktranslate %}", (None, " as it is ", "")),
        (
            "{% blocktranslate trimmed %}\n  Two\n  lines of {{ name }}\n{% endblocktranslate %}",
            (None, "Two lines of %(name)s", ""),
        ),
        (
            "{% blocktranslate trimmed count n=days %}\n {{ n }} day, it's 5%\n{% plural %}\n "
            "{{ n }} days, (gettext('x'))\n{% endblocktranslate %}",
            (None, "%(n)s day, it's 5%%", "%(n)s days, (gettext('x'))"),
        ),
        (
            '{% blocktranslate context "time" count n=n %}{{ n }} hour{% plural %}{{ n }} hours'
            "{% endblocktranslate %}",
            ("time", "%(n)s hour", "%(n)s hours"),
        ),
        (
            '{% blocktranslate trimmed with a=b %}See <a href="{{ a }}">it</a>'
            "{% endblocktranslate %}",
            (None, 'See <a href="%(a)s">it</a>', ""),
        ),
    ],
)
def test_template_tags(source, expected):
    assert keys(template(source)) == {expected}


@pytest.mark.parametrize(
    "source",
    [
        "gettext('in the text') _('too')",
        '<script>_("x")</script>',
        '{% comment %}{% translate "away" %} gettext("x"){% endcomment %}',
        '{# {% translate "away" %} #}',
        '{% verbatim %}{% translate "away" %}{% endverbatim %}',
        "{% translate variable %}",
    ],
)
def test_template_what_is_no_message(source):
    assert template(source) == []


def test_template_lines():
    source = (
        "{% load i18n %}\n{% comment %}a\nb{% endcomment %}\n<p>\n"
        '{% blocktranslate trimmed %}\n  One\n{% endblocktranslate %}\n{% translate "Two" %}\n'
    )
    assert [m.occurrences for m in template(source)] == [(("t.html", 5),), (("t.html", 8),)]


def test_templates_of_the_project_and_of_apps(tmp_path):
    write(tmp_path, "templates/a/page.html", '{% translate "page" %}')
    write(tmp_path, "app/templates/a/mail.txt", '{% translate "mail" %}')
    write(tmp_path, "app/static/a.html", '{% translate "not a template" %}')
    write(tmp_path, "templates/a/picture.png", '{% translate "neither" %}')
    assert keys(extract(tmp_path)) == {(None, "page", ""), (None, "mail", "")}


def test_a_text_with_and_without_plural_is_one_message():
    one = Message("day", occurrences=(("b", 1),))
    two = Message("day", "days", occurrences=(("a", 2),))
    assert combine([one, two]) == [Message("day", "days", None, (("a", 2), ("b", 1)))]


@pytest.mark.parametrize(
    ("text", "is_format"),
    [("%(n)d days", True), ("%s", True), ("5%% of it", True), ("50 % of all", False), ("a", False)],
)
def test_format_flag(text, is_format):
    assert Message(text).is_format is is_format


# Upstream


def test_upstream_texts_are_those_without_a_translation():
    assert (None, "You must type the same password each time.", "") in keys(
        messages.upstream("be", settings.BASE_DIR)
    )
    assert messages.upstream("en", settings.BASE_DIR) == []
    for language in SLAVIC:
        known = messages._upstream_keys(language)
        assert not {m.key for m in messages.upstream(language, settings.BASE_DIR)} & known


def test_a_template_that_we_replace_needs_no_upstream_text(tmp_path):
    signed_out = (None, "You have signed out.", "")
    assert signed_out in keys(messages.upstream("be", tmp_path))
    write(tmp_path, "templates/account/messages/logged_out.txt", "")
    assert signed_out not in keys(messages.upstream("be", tmp_path))


def test_an_upstream_text_that_went_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(messages, "UPSTREAM", (("django/forms/fields.py", ("Never said.",)),))
    with pytest.raises(LookupError, match=r"django/forms/fields\.py no longer says"):
        messages.upstream("be", tmp_path)


# Merging


def test_merge_keeps_adds_and_retires():
    old = catalogue(
        "uk",
        polib.POEntry(msgid="kept", msgstr="лишилося", tcomment="a remark", flags=["fuzzy"]),
        polib.POEntry(msgid="gone", msgstr="пішло"),
        polib.POEntry(msgid="gone untranslated"),
    )
    merged = merge(old, [Message("kept", occurrences=(("a.py", 7),)), Message("gone?")])
    kept, new, gone = merged
    assert (kept.msgstr, kept.tcomment, kept.flags) == ("лишилося", "a remark", ["fuzzy"])
    assert kept.occurrences == [("a.py", "7")]
    assert (new.msgid, new.msgstr, new.flags) == ("gone?", "", [])
    assert (gone.msgid, gone.msgstr, gone.obsolete) == ("gone", "пішло", True)


def test_an_obsolete_translation_returns_with_its_message():
    old = catalogue("uk", polib.POEntry(msgid="back", msgstr="знову", obsolete=True))
    (entry,) = merge(old, [Message("back")])
    assert (entry.msgstr, entry.obsolete) == ("знову", False)


def test_contexts_are_messages_of_their_own():
    old = catalogue("uk", polib.POEntry(msgid="close", msgctxt="verb", msgstr="закрити"))
    first, second = merge(old, [Message("close"), Message("close", context="verb")])
    assert (first.msgstr, second.msgstr) == ("", "закрити")


def test_a_changed_plural_is_a_new_message():
    forms = {0: "день", 1: "дні", 2: "днів", 3: "дня"}
    old = catalogue("uk", polib.POEntry(msgid="day", msgid_plural="days", msgstr_plural=forms))
    (same,) = merge(old, [Message("day", "days")])
    assert same.msgstr_plural == forms
    (changed,) = merge(old, [Message("day", "more days")])
    assert changed.msgstr_plural == dict.fromkeys(range(4), "")
    (single,) = merge(old, [Message("day")])
    assert (single.msgstr, single.msgstr_plural) == ("", {})


def test_english_has_two_forms():
    (entry,) = merge(new_catalogue("en"), [Message("day", "days")])
    assert sorted(entry.msgstr_plural) == [0, 1]


def test_merging_again_changes_nothing():
    found = [Message("a %(b)s", occurrences=(("a.py", 1),)), Message("day", "days")]
    once = str(merge(new_catalogue("be"), found))
    assert str(merge(polib.pofile(once), found)) == once


# Checking


def faults(language, msgid, msgstr, flags=("python-format",)):
    entry = polib.POEntry(msgid=msgid, msgstr=msgstr, flags=list(flags))
    return problems(catalogue(language, entry))


@pytest.mark.parametrize(
    ("language", "msgid", "msgstr"),
    [
        ("uk", "Sign in", "Увійти"),
        ("uk", "Name", "Ім’я"),
        ("ru", "in Java", "в J'ava"),
        ("uk", "%(a)s of %(b)s", "%(b)s з %(a)s"),
        ("uk", "%(a)d%% done", "готово %(a)s %%"),
        ("uk", 'Open <a href="%(u)s">it</a>', 'Відкрийте <a href="%(u)s">це</a>'),
        ("be", "The course “%(t)s”", "Курс «%(t)s»"),
        ("uk", 'The course "A"', "Курс «А»"),
        ("en", "The course", ""),
        ("en", "The course", "The “course”"),
    ],
)
def test_sound_translations(language, msgid, msgstr):
    assert faults(language, msgid, msgstr) == []


@pytest.mark.parametrize(
    ("language", "msgid", "msgstr", "fault"),
    [
        ("uk", "Sign in", "", "untranslated"),
        ("uk", "%(a)s", "а", "placeholders differ"),
        ("uk", "%(a)s", "%(а)s", "placeholders differ"),
        ("en", "%(a)s", "%(b)s", "placeholders differ"),
        ("uk", "{a}", "{b}", "placeholders} differ"),
        ("uk", "at most %d", "до", "positional placeholders differ"),
        ("uk", "%(a)s done", "%(a)s % готово", "single %"),
        ("uk", "Name", "Ім'я", "apostrophe"),
        ("be", "Name", "Імʼя", "apostrophe"),
        ("uk", "The “A”", "А", "«»"),
        ("uk", "The “A”", "“А”", "«»"),
        ("ru", "The A", 'Это "А"', "«»"),
        ("uk", "A", " А", "whitespace"),
        ("uk", "A\n", "А", "whitespace"),
        ("uk", "<b>A</b>", "А", "tags differ"),
    ],
)
def test_faulty_translations(language, msgid, msgstr, fault):
    (found,) = faults(language, msgid, msgstr)
    assert fault in found
    assert found.startswith(f"{language}: ")


def plural(language, *forms, msgid="One day", msgid_plural="%(n)s days"):
    entry = polib.POEntry(
        msgid=msgid, msgid_plural=msgid_plural, msgstr_plural=dict(enumerate(forms))
    )
    return problems(catalogue(language, entry))


def test_plural_forms_are_complete_and_each_has_the_number():
    assert plural("uk", "%(n)s день", "%(n)s дні", "%(n)s днів", "%(n)s дня") == []
    assert "3 plural forms, not 4" in plural("ru", "%(n)s", "%(n)s", "%(n)s")[0]
    (fault,) = plural("be", "Адзін дзень", "%(n)s дні", "%(n)s дзён", "%(n)s дня")
    assert "form 0: placeholders differ" in fault  # 21 takes this form
    (fault,) = plural("uk", "%(n)s день", "%(n)s дні", "%(n)s днів", "")
    assert "form 3: untranslated" in fault
    assert plural("en", "One day", "%(n)s days") == []
    assert plural("en", "", "") == []


def test_fuzzy_and_obsolete():
    assert "fuzzy" in faults("uk", "A", "А", flags=["fuzzy"])[0]
    gone = polib.POEntry(msgid="A", msgstr="", obsolete=True)
    assert problems(catalogue("uk", gone)) == []


def test_the_header_is_checked():
    wrong = new_catalogue("uk")
    wrong.metadata["Plural-Forms"] = "nplurals=3; plural=0;"
    assert "Plural-Forms" in problems(wrong)[0]
    assert "not a language" in problems(polib.POFile())[0]


# Counting, through Django's own merging of catalogues

FORMS = [(1, 0), (21, 0), (2, 1), (5, 2), (11, 2), (0, 2)]
FRACTIONS = [1.5, 2.5, 5.5]
UPSTREAM_COUNT = "Please submit at least %(num)d form."


@pytest.fixture(params=SLAVIC)
def merged_translation(request, settings, tmp_path):
    """What Django makes of its own catalogue and a catalogue with our header."""
    language = request.param
    found = [Message("apple", "apples"), Message("apple", "apples", context="tree")]
    made = merge(new_catalogue(language), [*found, Message(UPSTREAM_COUNT, "…forms.")])
    for entry in made:
        entry.msgstr_plural = {n: f"{entry.msgctxt or ''}{language}{n}" for n in range(4)}
    folder = tmp_path / language / "LC_MESSAGES"
    folder.mkdir(parents=True)
    made.save(str(folder / "django.po"))
    settings.LOCALE_PATHS = [tmp_path]
    call_command("compile_messages", verbosity=0, stdout=io.StringIO())
    return trans_real.DjangoTranslation(language)


@pytest.mark.parametrize(("number", "form"), FORMS)
def test_whole_numbers_take_their_form(merged_translation, number, form):
    language = merged_translation.language()
    context = f"tree{trans_real.CONTEXT_SEPARATOR}apple"
    assert merged_translation.ngettext("apple", "apples", number) == f"{language}{form}"
    assert merged_translation.ngettext(context, "apples", number) == f"tree{language}{form}"
    assert merged_translation.ngettext(UPSTREAM_COUNT, "…", number) == f"{language}{form}"


@pytest.mark.parametrize("number", FRACTIONS)
def test_fractions_take_the_fourth_form(merged_translation, number):
    """Python warns against fractions in gettext, but still counts them (until 3.13 at least)."""
    with pytest.warns(DeprecationWarning, match="Plural value must be an integer"):
        text = merged_translation.ngettext("apple", "apples", number)
    assert text == f"{merged_translation.language()}3"


@pytest.mark.parametrize(("number", "form"), FORMS)
def test_djangos_own_plurals_go_on_working(merged_translation, number, form):
    language = merged_translation.language()
    path = messages._installed(f"django/conf/locale/{language}/LC_MESSAGES/django.mo")
    entry = next(e for e in polib.mofile(str(path)) if e.msgid == "%(num)d week")
    text = merged_translation.ngettext("%(num)d week", "%(num)d weeks", number)
    assert text == entry.msgstr_plural[form]


# The commands


def test_messages_writes_and_compile_messages_compiles(settings, tmp_path):
    settings.BASE_DIR = tmp_path
    settings.LOCALE_PATHS = [tmp_path / "locale"]
    write(tmp_path, "templates/a.html", '{% load i18n %}{% translate "A thing of ours" %}')
    out = io.StringIO()
    call_command("messages", stdout=out)
    lines = out.getvalue().splitlines()
    assert [line.split(":")[0] for line in lines] == ["uk", "be", "ru", "en"]

    path = tmp_path / "locale/ru/LC_MESSAGES/django.po"
    russian = polib.pofile(str(path))
    russian.find("A thing of ours").msgstr = "Наша вещь"
    russian.save(str(path))
    call_command("messages", stdout=io.StringIO())
    out = io.StringIO()
    call_command("compile_messages", stdout=out)
    assert len(out.getvalue().splitlines()) == 4
    assert trans_real.DjangoTranslation("ru").gettext("A thing of ours") == "Наша вещь"
    assert sorted(p.name for p in path.parent.iterdir()) == ["django.mo", "django.po"]

    path.with_suffix(".mo").touch()
    before = path.with_suffix(".mo").stat().st_mtime_ns
    call_command("compile_messages", stdout=io.StringIO())
    assert path.with_suffix(".mo").stat().st_mtime_ns == before


# The gate


def call_faults(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    formatted = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "format"
    }
    for call, roles in messages.gettext_calls(tree):
        texts = [getattr(node, "value", None) for node in call.args[: len(roles)]]
        texts = [text for text in texts if isinstance(text, str)]
        if len(texts) < len(roles) or (len(roles) == 1 and len(call.args) > 1):
            yield call.lineno, "not one literal"
        elif call in formatted or any(BRACES.search(text) for text in texts):
            yield call.lineno, ".format or {braces}"
        elif any(len(POSITIONAL.findall(text.replace("%%", ""))) > 1 for text in texts):
            yield call.lineno, "more than one placeholder without a name"


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ('_(f"a {b}")', "not one literal"),
        ('_("a" + b)', "not one literal"),
        ('_("a %s" % b)', "not one literal"),
        ('_("a {b}").format(b=b)', ".format or {braces}"),
        ('_("a").format()', ".format or {braces}"),
        ('_("%s of %s") % (a, b)', "more than one placeholder without a name"),
        ('_("%(a)s of %(b)s, 5%%") % c', None),
        ('_("at most %d") % a', None),
    ],
)
def test_what_a_call_may_hold(tmp_path, code, fault):
    found = [text for _line, text in call_faults(write(tmp_path, "a.py", code))]
    assert found == ([fault] if fault else [])


def test_every_call_holds_one_literal_with_named_placeholders():
    root = settings.BASE_DIR
    found = [
        f"{path.relative_to(root)}:{line}: {fault}"
        for path in messages.sources(root)
        if path.suffix == ".py"
        for line, fault in call_faults(path)
    ]
    assert found == []


@pytest.fixture(params=["uk", "be", "ru", "en"])
def committed(request):
    path = settings.LOCALE_PATHS[0] / request.param / "LC_MESSAGES" / "django.po"
    return polib.pofile(str(path))


def test_the_catalogues_hold_exactly_what_the_code_says(committed):
    """Mended by `manage.py messages`."""
    held = {(e.msgctxt, e.msgid, e.msgid_plural or "") for e in committed if not e.obsolete}
    said = keys(messages.wanted(committed.metadata["Language"], settings.BASE_DIR))
    assert sorted(map(str, said - held)) == []
    assert sorted(map(str, held - said)) == []


def test_the_catalogues_have_no_problems(committed):
    """Mended by a translator."""
    assert problems(committed) == []
