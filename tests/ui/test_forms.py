import re

import pytest
from django import forms
from django.utils import translation

from lms.ui.forms import Renderer


class Sample(forms.Form):
    default_renderer = Renderer

    name = forms.CharField(label="Name", help_text="As in your passport")
    mail = forms.EmailField(label="E-mail", required=False)
    language = forms.ChoiceField(
        label="Language",
        choices=[("uk", "Українська"), ("be", "Беларуская")],
        widget=forms.RadioSelect,
    )
    agree = forms.BooleanField(label="I agree")
    token = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean(self) -> None:
        raise forms.ValidationError("Nothing fits.")


class Search(forms.Form):
    default_renderer = Renderer

    words = forms.CharField(label="Search", required=False)


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def test_field_ties_help_and_error_to_its_input() -> None:
    html = Sample({"name": ""})["name"].as_field_group()

    assert '<label for="id_name">Name</label>' in html
    assert 'id="id_name_helptext">As in your passport' in html
    assert re.search(r'<ul class="errorlist" id="id_name_error"><li class="error">', html)
    field = re.search(r"<input[^>]+>", html)[0]
    assert 'aria-describedby="id_name_helptext id_name_error"' in field
    assert 'aria-invalid="true"' in field


def test_optional_is_said_where_others_are_required() -> None:
    assert "(optional)" in Sample()["mail"].as_field_group()
    assert "(optional)" not in Sample()["name"].as_field_group()
    assert "(optional)" not in Search()["words"].as_field_group()


def test_radio_list_is_a_group_of_choices() -> None:
    html = Sample()["language"].as_field_group()

    assert "<fieldset>" in html
    assert "<legend>Language</legend>" in html
    assert html.count('<label class="choice"') == 2


def test_checkbox_stands_before_its_label() -> None:
    html = Sample()["agree"].as_field_group()

    assert html.index("<input") < html.index("<label")
    assert 'class="field check"' in html


def test_untouched_form_has_no_summary() -> None:
    html = str(Sample())

    assert 'class="errors"' not in html
    assert html.count('class="field') == 4
    assert 'name="token"' in html


def test_summary_leads_to_each_field_and_says_what_fits_nowhere() -> None:
    html = str(Sample({"name": "", "mail": "x", "agree": "on"}))
    summary = html[html.index('class="errors"') : html.index("</div>")]

    assert re.findall(r'href="#(\w+)"', summary) == ["id_name", "id_mail", "id_language"]
    assert "4 places to correct" in summary
    assert "<li>Nothing fits.</li>" in summary
    assert summary.index("autofocus")
    assert 'id="id_language"' in html


def test_message_of_an_error_is_escaped() -> None:
    form = Sample({"name": "x"})
    form.add_error("name", "<b>no</b>")

    assert "<b>no</b>" not in str(form)
