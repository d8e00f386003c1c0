"""A passkey in a browser that has a key plugged in: made, named, and asked for at sign-in."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Open
from tests.e2e.server import Site
from tests.e2e.steps import fill_sign_in, sign_in

pytestmark = pytest.mark.once

KEY = {
    "protocol": "ctap2",
    "transport": "usb",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
ASK = "[data-passkey-ask] button"


def plug_key_in(page: Page) -> None:
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})


def test_a_passkey_signs_in(site: Site, open_page: Open) -> None:
    home = site.url.replace("127.0.0.1", "localhost")  # passkeys belong to names, not to addresses
    who = site.seed.trainer()
    page = open_page()
    sign_in(page, who, at=f"{home}/sign-in/")
    plug_key_in(page)
    page.goto(f"{home}/account/second-factor/passkeys/new/")
    page.locator("[name=password]").fill(who["password"])
    page.locator("main form button.main").click()
    page.locator("[name=name]").fill("Синій ключ")
    page.locator(ASK).click()
    page.wait_for_url("**/account/second-factor/codes/")  # printed codes come along, against loss
    page.goto(f"{home}/account/second-factor/")
    expect(page.locator("main")).to_contain_text("Синій ключ")

    page.context.clear_cookies()
    page.goto(f"{home}/sign-in/?next=/account/")
    fill_sign_in(page, who)
    page.wait_for_url("**/sign-in/second/")
    page.locator(ASK).click()
    page.wait_for_url("**/account/")


def test_without_scripts_the_page_says_that_a_passkey_needs_them(
    site: Site, open_page: Open
) -> None:
    who = site.seed.trainer()
    page = open_page(java_script_enabled=False)
    sign_in(page, who)
    page.goto("/account/second-factor/passkeys/new/")
    page.locator("[name=password]").fill(who["password"])
    page.locator("main form button.main").click()
    expect(page.locator("[data-passkey-none]")).to_be_visible()
    expect(page.locator(ASK)).to_be_hidden()
