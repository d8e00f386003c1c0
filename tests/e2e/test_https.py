"""Over TLS, as a production is: cookies named `__Host-`, and scripts that find them."""

import re
import ssl
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from playwright.sync_api import Browser, Page, expect

from tests.e2e.server import Site, wait_until
from tests.e2e.steps import answer, sign_in, submit

pytestmark = pytest.mark.production


def own_certificate(folder: Path) -> dict[str, str]:
    """A key and a certificate of our own for 127.0.0.1, as granian is told of them."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(address, critical=False)
        .sign(key, hashes.SHA256())
    )
    written = {
        "GRANIAN_SSL_CERTIFICATE": certificate.public_bytes(serialization.Encoding.PEM),
        "GRANIAN_SSL_KEYFILE": key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    }
    for variable, content in written.items():
        (folder / variable).write_bytes(content)
    return {variable: str(folder / variable) for variable in written}


class SafeSite(Site):
    """Served over TLS by the web server itself."""

    def _serve(self) -> None:
        self.url = f"https://127.0.0.1:{self.port}"
        self.environment |= {"SITE_URL": self.url} | own_certificate(self.data)
        super()._serve()

    def wait(self) -> None:
        trusting = ssl.create_default_context(cafile=self.environment["GRANIAN_SSL_CERTIFICATE"])

        def answers() -> bool:
            try:
                with urllib.request.urlopen(
                    f"{self.url}/sign-in/", timeout=5, context=trusting
                ) as response:
                    return bool(response.status == 200)
            except OSError:
                return False

        wait_until(answers, f"no page of {self.url}; see {self.data}/server.log")


@pytest.fixture(scope="module")
def safe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SafeSite]:
    site = SafeSite(tmp_path_factory.mktemp("e2e-https"))
    yield site
    site.close()


@pytest.fixture
def page(safe: SafeSite, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(base_url=safe.url, ignore_https_errors=True, locale="en-GB")
    context.set_default_timeout(45_000)
    yield context.new_page()
    context.close()


def test_answers_are_saved_and_forms_kept_under_the_names_of_https(
    safe: SafeSite, page: Page
) -> None:
    who = safe.seed.officer(language="en")
    safe.seed.enrol(login=who["login"], course="TEN")
    attempt = safe.seed.start(login=who["login"], course="TEN", key="")
    sign_in(page, who, at=f"/attempts/{attempt}/")
    names = {cookie["name"] for cookie in page.context.cookies()}
    assert names >= {"__Host-sessionid", "__Host-csrftoken"}
    assert all(name.startswith("__Host-") for name in names)

    # By the script, whose token is in the cookie. One of plain http, left over, is no harm.
    page.context.add_cookies([{"name": "csrftoken", "value": "stale", "url": safe.url}])
    questions = safe.seed.attempt(pk=attempt)["questions"]
    answer(page, questions["1"]["right"])
    wait_until(
        lambda: safe.seed.attempt(pk=attempt)["questions"]["1"]["is_right"], "never saved", 40
    )
    expect(page.locator("[data-status]")).to_have_class("saved ")
    submit(page)


def test_what_the_server_took_is_forgotten_by_the_browser(safe: SafeSite, page: Page) -> None:
    who = safe.seed.trainer(language="en")
    sign_in(page, who, at="/teaching/new/")
    kept = "Object.keys(localStorage).filter(key => key.startsWith('waypost-kept:')).length"
    page.locator("input[name=title]").fill("Безпечний курс")
    wait_until(lambda: page.evaluate(kept) == 1, "nothing was kept")
    for box in page.locator("input[name=languages]").all():
        box.check()
    page.locator("main form button.main").click()
    expect(page).to_have_url(re.compile(r"/teaching/courses/"))
    page.goto("/teaching/new/")  # the next page with such a form reads the cookie
    wait_until(lambda: page.evaluate(kept) == 0, "it was kept on")
    assert "__Host-kept" not in {cookie["name"] for cookie in page.context.cookies()}
