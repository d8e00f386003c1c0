"""From the sign-in page to a certificate that a stranger verifies and the operator revokes."""

import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest
import zxingcpp
from django.utils.translation import gettext as _
from PIL import Image
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Open
from tests.e2e.server import PATIENCE, Site
from tests.e2e.steps import answer, shown, sign_in, submit, switch_content

COURSE = "DOC-01"
QUIZ, FINAL = "mrz-quiz", "final-test"


@pytest.mark.parametrize(
    "scripts",
    [
        pytest.param(True, id="with scripts"),
        pytest.param(False, id="without scripts", marks=pytest.mark.once),
    ],
)
def test_from_sign_in_to_a_revoked_certificate(
    site: Site, open_page: Open, tmp_path: Path, scripts: bool
) -> None:
    who = site.seed.officer(language="uk", new=True)
    page = open_page(java_script_enabled=scripts)

    sign_in(page, who)
    welcome(page)
    find_and_enrol(page)
    read_all_lessons(page)
    sit_module_quiz(site, page)
    fail_final_test(site, page)
    pass_final_test(site, page)

    [certificate] = site.seed.certificates(login=who["login"])
    assert certificate["language"] == "be"
    address = address_in_code(download(page, tmp_path), tmp_path)
    assert address == site.url + certificate["url"]
    stranger = open_page(java_script_enabled=scripts)
    stranger.goto(address)
    expect(stranger.locator(".verdict:not(.late):not(.due) header")).to_be_visible()
    expect(stranger.locator(".verdict")).to_contain_text("Мар’яна Ґалаґан")
    expect(stranger.locator(".verdict")).to_contain_text(certificate["serial"])
    expect(stranger.locator(".verdict")).to_contain_text("Праверка праязных дакументаў")

    revoke(site, open_page(java_script_enabled=scripts), certificate["serial"])

    stranger.reload()
    expect(stranger.locator(".verdict.late header")).to_have_text(
        _("This certificate has been revoked")
    )
    page.goto("/certificates/")
    expect(page.locator(".tag.late")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("PDF"))).to_have_count(0)


def welcome(page: Page) -> None:
    """The first sign-in: the name in Latin letters, a password, the notice."""
    expect(page.locator("html")).to_have_attribute("lang", "uk")
    expect(page.locator("[name=family_name_latin]")).to_have_value("Galagan")
    page.locator("[name=password1]").fill("krokodyl-na-balkoni")
    page.locator("[name=password2]").fill("krokodyl-na-balkoni")
    page.locator("main [type=checkbox]").check()
    page.get_by_role("button", name=_("Go on")).click()
    expect(page).to_have_url(re.compile(r"//[^/]+/$"))


def find_and_enrol(page: Page) -> None:
    """From the empty first page to the first lesson."""
    page.get_by_role("link", name=_("Find a course")).click()
    page.locator("[name=q]").fill("ПРОЇЗНИХ")  # capitals, as on a keyboard with Caps Lock
    page.get_by_role("search").get_by_role("button").click()
    page.get_by_role("link", name="Перевірка проїзних документів").click()
    page.get_by_role("button", name=_("Enrol and start")).click()
    expect(page).to_have_url(re.compile("/lessons/mrz-formats/$"))


def read_all_lessons(page: Page) -> None:
    """The button under each lesson marks it read and leads to the next."""
    done = page.locator(".outline li.done")
    for number in range(6):
        expect(done).to_have_count(number)
        expect(page.locator("article.prose")).to_have_attribute("lang", "uk")
        page.locator("form[action$='/done/'] button").click()
    expect(page).to_have_url(re.compile(f"/lessons/{QUIZ}/$"))
    expect(done).to_have_count(6)


def begin(page: Page, key: str) -> str:
    """Start an attempt from the quiz's page; its number."""
    page.goto(f"/courses/{COURSE}/lessons/{key}/")
    page.locator("form[action*='/attempts/start/'] button").click()
    expect(page.locator("#attempt")).to_be_visible()
    return page.url.split("/attempts/")[1].split("/")[0]


def sit_module_quiz(site: Site, page: Page) -> None:
    """All questions on one page, all answered rightly."""
    attempt = begin(page, QUIZ)
    for question in site.seed.attempt(pk=attempt)["questions"].values():
        answer(page, question["right"])
    submit(page)
    expect(page.locator(".verdict:not(.late)")).to_be_visible()
    assert site.seed.attempt(pk=attempt)["passed"]


def fail_final_test(site: Site, page: Page) -> None:
    """One right answer of twelve; the result says how many attempts are left."""
    attempt = begin(page, FINAL)
    answer(page, site.seed.attempt(pk=attempt)["questions"]["1"]["right"])
    submit(page)
    expect(page.locator(".verdict.late")).to_be_visible()
    assert site.seed.attempt(pk=attempt)["passed"] is False


def pass_final_test(site: Site, page: Page) -> None:
    """A question a page; in the middle the content, and no button, changes its language."""
    attempt = begin(page, FINAL)
    questions = site.seed.attempt(pk=attempt)["questions"]
    for number in range(1, len(questions) + 1):
        right = questions[str(number)]["right"]
        answer(page, right)
        if number == len(questions) // 2:
            switch_content(page, "be")
            expect(page.locator("h1")).to_have_text("Выніковы тэст")
            expect(page.locator("html")).to_have_attribute("lang", "uk")
            assert shown(page, right)
            assert site.seed.attempt(pk=attempt)["questions"][str(number)]["is_right"]
        if number < len(questions):
            page.locator(f"#attempt .actions [value=page-{number + 1}]").click()
            expect(page.locator(f"#attempt [data-q='{number + 1}']")).to_be_visible()
    given = site.seed.attempt(pk=attempt)["questions"].values()
    assert sum(question["is_right"] for question in given) >= len(questions) - 1
    submit(page)
    expect(page.locator(".verdict:not(.late)")).to_be_visible()
    assert site.seed.attempt(pk=attempt)["passed"]


def download(page: Page, folder: Path) -> Path:
    """The certificate's file, as soon as the worker has made it."""
    link = page.get_by_role("link", name=re.compile("PDF"))
    end = time.monotonic() + PATIENCE
    page.goto("/certificates/")
    while not link.is_visible():
        assert time.monotonic() < end, "the worker made no file"
        page.wait_for_timeout(200)
        page.reload()
    with page.expect_download() as coming:
        link.click()
    assert coming.value.suggested_filename == "certificate-DOC-01-GALAGAN-MARIANA.pdf"
    file = folder / "certificate.pdf"
    coming.value.save_as(file)
    return file


def address_in_code(file: Path, folder: Path) -> str:
    """What a telephone reads from the printed page."""
    if not shutil.which("pdftoppm"):
        pytest.skip("there is no pdftoppm on this machine")
    subprocess.run(["pdftoppm", "-png", "-r", "110", file, folder / "page"], check=True)
    [picture] = folder.glob("page*.png")
    with Image.open(picture) as image:
        [code] = zxingcpp.read_barcodes(image)
    return str(code.text)


def revoke(site: Site, page: Page, serial: str) -> None:
    """The operator finds the certificate in the administration and revokes it."""
    sign_in(page, site.seed.operator(), at="/operator/certificates/certificate/")
    page.locator("#searchbar").fill(serial.lower())
    page.locator("#changelist-search [type=submit]").click()
    page.get_by_role("link", name=serial).click()
    page.get_by_role("link", name=_("Revoke…")).click()
    page.locator("textarea[name=reason]").fill("Видано помилково")
    page.locator(".submit-row [type=submit]").click()
    expect(page.locator(".messagelist .success")).to_be_visible()
