"""The pages of the officer's path, in the states worth looking at."""

from dataclasses import dataclass

from playwright.sync_api import Page

from tests.e2e.server import Site
from tests.e2e.steps import sign_in


@dataclass(frozen=True)
class Shown:
    """A page by its address, and how the server is to answer."""

    name: str
    path: str
    status: int = 200


def of_strangers(site: Site) -> list[Shown]:
    """Pages that need no account; a certificate of each state is there to be verified."""
    valid, revoked = (_certificate(site) for _ in range(2))
    site.seed.revoke(pk=revoked["pk"])
    return [
        Shown("sign-in", "/sign-in/"),
        Shown("password", "/password/"),
        Shown("verify", "/certificates/verify/"),
        Shown("mistyped", "/certificates/verify/?serial=2222-2222", 400),
        Shown("valid", valid["url"]),
        Shown("revoked", revoked["url"]),
        Shown("unknown", f"/certificates/verify/{site.seed.unknown_serial()}/", 404),
        Shown("help", "/help/"),
        Shown("privacy", "/privacy/"),
    ]


def _certificate(site: Site) -> dict[str, str]:
    who = site.seed.officer()
    site.seed.enrol(login=who["login"], course="TEN")
    site.seed.complete(login=who["login"], course="TEN")
    [certificate] = site.seed.certificates(login=who["login"])
    return dict(certificate)


def of_an_officer(site: Site, login: str) -> list[Shown]:
    """Pages of an officer in the middle of things: courses begun, tests open, failed and passed."""
    seed = site.seed
    for course in ("DOC-01", "TYPES", "TEN"):
        seed.enrol(login=login, course=course)
    seed.start(login=login, course="DOC-01", key="mrz-quiz")
    failed = seed.submitted(login=login, course="TEN", right=3)
    review = seed.submitted(login=login, course="TYPES", key="types-paged", right=4)
    paged = seed.start(login=login, course="TYPES", key="types-paged")
    one_page = seed.start(login=login, course="TYPES", key="types")
    timed = seed.start(login=login, course="DOC-01", key="final-test")
    seed.complete(login=login, course="TEN")
    passed = seed.last_attempt(login=login, course="TEN")
    return [
        Shown("home", "/"),
        Shown("catalogue", "/courses/"),
        Shown("nothing found", "/courses/?q=zzz"),
        Shown("course", "/courses/DOC-01/"),
        Shown("course completed", "/courses/TEN/"),
        Shown("course not begun", "/courses/TIMED/"),
        Shown("lesson", "/courses/DOC-01/lessons/mrz-td3/"),
        Shown("quiz", "/courses/DOC-01/lessons/final-test/"),
        Shown("quiz begun", "/courses/TYPES/lessons/types/"),
        Shown("attempt", f"/attempts/{one_page}/"),
        *(Shown(f"attempt {page}", f"/attempts/{paged}/?page={page}") for page in (6, 7)),
        Shown("attempt with a clock", f"/attempts/{timed}/"),
        Shown("finish", f"/attempts/{one_page}/finish/"),
        Shown("not passed", f"/attempts/{failed}/result/"),
        Shown("reviewed", f"/attempts/{review}/result/"),
        Shown("passed", f"/attempts/{passed}/result/"),
        Shown("certificates", "/certificates/"),
        Shown("account", "/account/"),
        Shown("second factor", "/account/second-factor/"),
        Shown("password again", "/account/password/again/"),
        Shown("sessions", "/account/sessions/"),
        Shown("not found", "/no-such-page/", 404),
    ]


def of_a_coordinator(site: Site, who: dict[str, str]) -> list[Shown]:
    """The pages of somebody who answers for a unit, each with something on it."""
    desk = site.seed.desk(login=who["login"], unit=who["unit"])
    return [
        Shown("overview", "/"),
        Shown("officers", "/officers/"),
        Shown("officers, filtered", "/officers/?state=overdue&sort=-name"),
        Shown("nobody", "/officers/?q=zzz"),
        Shown("enrolments", "/enrolments/"),
        Shown("expiring", "/certificates-expiring/?within=180"),
        Shown("assignments", "/assignments/"),
        Shown("new assignment", "/assignments/new/"),
        Shown("staff lists", "/staff/import/"),
        Shown("new person", "/staff/new/"),
        Shown("jobs", "/jobs/"),
        Shown("calendar", "/calendar/"),
        *(Shown(name, path) for name, path in desk.items()),
    ]


def of_a_trainer(site: Site, who: dict[str, str]) -> list[Shown]:
    """The pages of somebody who keeps courses."""
    study = site.seed.study(login=who["login"])
    course, lesson = "/teaching/courses/DOC-01/", "/teaching/courses/DOC-01/lessons/mrz-td3/"
    return [
        Shown("courses", "/teaching/"),
        Shown("new course", "/teaching/new/"),
        Shown("outline", course),
        Shown("settings", f"{course}settings/"),
        Shown("publish", f"{course}publish/"),
        Shown("translations", f"{course}translations/"),
        Shown("guide", f"{course}guide/"),
        Shown("preview", f"{course}preview/"),
        Shown("lesson previewed", f"{course}preview/mrz-td3/"),
        Shown("lesson", lesson),
        Shown("text", f"{lesson}text/?to=be&from=uk"),
        Shown("history", f"{lesson}text/uk/history/"),
        Shown("banks", "/teaching/banks/"),
        Shown("quiz", "/teaching/banks/quizzes/DOC-01/final-test/"),
        Shown("pick", "/teaching/banks/quizzes/DOC-01/final-test/pick/"),
        Shown("try", "/teaching/banks/quizzes/TYPES/types/try/"),
        Shown("practical work", "/teaching/practical/"),
        *(Shown(name, path) for name, path in study.items()),
    ]


def of_an_administrator() -> list[Shown]:
    return [
        Shown("people of the service", "/staff/"),
        Shown("requests", "/staff/requests/"),
        Shown("audit", "/audit/"),
    ]


def visit(page: Page, shown: Shown) -> None:
    """Open the page; it answers as it should."""
    response = page.goto(shown.path)
    assert response
    assert response.status == shown.status, f"{shown.name}: {response.status}"


def signed_in(page: Page, site: Site, language: str, *, new: bool = False) -> str:
    """Sign in as a new officer who reads in this language; the login."""
    who = site.seed.officer(language=language, new=new)
    sign_in(page, who)
    return str(who["login"])
