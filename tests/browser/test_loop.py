"""The main job, end to end, against serve with its real broker, worker, beat and a mail server."""

from __future__ import annotations

import re
import time
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage

from playwright.sync_api import Browser, Page, expect

from tests.browser import gitlab_2017 as facts
from tests.browser.site import MailServer, Portal, text_of, wait_until

PASSWORD = "correct-horse-battery"
PEOPLE = {"anna": "Anna Ito", "ben": "Ben Okoro", "lena": "Lena Lead", "rita": "Rita Reader"}
MAKE_PEOPLE = f"""
from portal.accounts.models import Team, User
from portal.accounts.teams import put_in_team
from datetime import UTC, datetime
team = Team.objects.create(name="Database", slug="database")
for key, name in {PEOPLE!r}.items():
    user = User.objects.create_user(key + "@example.org", {PASSWORD!r}, name=name, zone="UTC")
    put_in_team(user, team, lead=key == "lena", by=None, at=datetime.now(UTC))
"""


def next_tuesday_at_ten() -> datetime:
    """An hour at which people work; the portal's clock only goes forward."""
    now = datetime.now(UTC)
    day = now + timedelta(days=(1 - now.weekday()) % 7 or 7)
    return day.replace(hour=10, minute=0, second=0, microsecond=0)


def offset_to(moment: datetime) -> str:
    return str(max(0, int((moment - datetime.now(UTC)).total_seconds())))


def sign_in(browser: Browser, portal: Portal, key: str, width: int = 1280) -> Page:
    page = browser.new_context(viewport={"width": width, "height": 800}).new_page()
    page.goto(f"{portal.url}/accounts/login/")
    page.get_by_label("E-mail").fill(f"{key}@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).not_to_have_url(re.compile("/accounts/login/"))
    return page


def saved(page: Page) -> None:
    expect(page.locator("#saved")).to_have_attribute("data-saved", "saved", timeout=15_000)


def write(page: Page, target: str, text: str) -> None:
    """Type into a field of the editor and wait until it says that it is saved."""
    with page.expect_response(re.compile("/field/")) as answer:
        page.locator(f'[name="f:{target}"]').fill(text)
    assert answer.value.ok, answer.value.text()
    saved(page)


def add_rows(page: Page, kind: str, rows: list[dict[str, str]]) -> None:
    for row in rows:
        before = page.locator(f'[data-rows="{kind}"] > li').count()
        page.locator(f'[data-add="{kind}"]').click()
        expect(page.locator(f'[data-rows="{kind}"] > li')).to_have_count(before + 1)
        pks = page.locator(f'[data-rows="{kind}"] > li').evaluate_all("all => all.map(li => li.id)")
        newest = max(int(pk.split("-")[-1]) for pk in pks)
        for field, text in row.items():
            write(page, f"{kind}:{newest}:{field}", text)


def links_of(message: EmailMessage) -> list[str]:
    return re.findall(r"https?://\S+/answer/\S+", text_of(message))


def test_the_loop_read_write_publish_be_reminded_finish(
    browser: Browser, portal: Portal, mail: MailServer
) -> None:
    start = next_tuesday_at_ten()
    portal.start("--no-demo", offset=offset_to(start))
    portal.manage("shell", "-c", MAKE_PEOPLE)
    read_the_brief_on_two_devices(browser, portal)
    review = write_the_post_mortem(browser, portal, start.date())
    edit_at_the_same_time(browser, portal, review)
    publish(browser, portal, mail, review)
    answer_from_the_mail(browser, portal, mail)
    reminders_arrive_once_each(portal, mail, start)
    the_ledger_explains_everything(browser, portal, review)


def read_the_brief_on_two_devices(browser: Browser, portal: Portal) -> None:
    """Step 1: follow a path, read in part, go on elsewhere, finish."""
    page = sign_in(browser, portal, "rita")
    page.goto(f"{portal.url}/paths/leader/")
    page.get_by_role("button", name=re.compile("follow", re.IGNORECASE)).first.click()
    page.goto(f"{portal.url}/series/executive-brief/")
    marks = page.get_by_role("button", name=re.compile("^Mark as read"))
    count = marks.count()
    for _ in range(count // 2):
        before = marks.count()
        marks.first.click()
        expect(marks).to_have_count(before - 1)
    scroll_to(page, count // 2)
    page.context.close()
    other = sign_in(browser, portal, "rita", width=360)
    other.goto(f"{portal.url}/")
    expect(other.get_by_text("Continue reading")).to_be_visible()
    other.get_by_role("link", name="Continue").first.click()
    expect(other).to_have_url(re.compile("/series/executive-brief/#"))
    other.get_by_role("button", name="I have finished this").click()
    expect(other.get_by_text(re.compile("You finished this on"))).to_be_visible()
    other.goto(f"{portal.url}/paths/leader/")
    expect(other.get_by_text(re.compile("finished", re.IGNORECASE)).first).to_be_visible()
    other.context.close()


def scroll_to(page: Page, section: int) -> None:
    """Rest on a section long enough for the place to be kept."""
    with page.expect_response(re.compile("/events/"), timeout=60_000):
        page.locator(".reading__section").nth(section).scroll_into_view_if_needed()
        page.mouse.wheel(0, 40)
        page.wait_for_timeout(4000)
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        page.goto(f"{page.url.split('#')[0]}")


def write_the_post_mortem(browser: Browser, portal: Portal, today: date) -> str:
    """Step 2: a SEV2 with times, sixteen rows, five factors, the narrative and eight action items."""
    page = sign_in(browser, portal, "anna")
    page.goto(f"{portal.url}/reviews/new/")
    page.locator("#id_title").fill(facts.TITLE)
    page.locator("#id_began").fill(facts.BEGAN.replace("T", " "))
    page.get_by_label(re.compile("^SEV2")).check()
    page.get_by_role("button", name="Start writing").click()
    expect(page).to_have_url(re.compile(r"/reviews/\d+/"))
    for field in ("detected", "mitigated", "ended"):
        write(page, f"review:{field}", getattr(facts, field.upper()).replace("T", " "))
    answers = {
        "summary": facts.SUMMARY,
        "impact": facts.IMPACT,
        "what_went_well": facts.WENT_WELL,
        "what_to_improve": facts.TO_IMPROVE,
        "alternatives": facts.ALTERNATIVES,
    }
    for key, text in answers.items():
        write(page, f"answer:{key}", text)
    add_rows(page, "timeline", [{"at": at.replace("T", " "), "text": text} for at, text in facts.TIMELINE])
    add_rows(page, "factor", [{"text": text} for text in facts.FACTORS])
    add_rows(page, "action", [action_row(n, *item, today) for n, item in enumerate(facts.ACTIONS)])
    page.context.close()
    return page.url


def action_row(number: int, text: str, days: int, today: date) -> dict[str, str]:
    owner = ["Anna Ito", "Ben Okoro"][number % 2]
    return {"text": text, "owner": owner, "due_on": str(today + timedelta(days=days))}


def edit_at_the_same_time(browser: Browser, portal: Portal, review: str) -> None:
    """A conflict made on purpose: both texts survive and are shown."""
    anna, ben = sign_in(browser, portal, "anna"), sign_in(browser, portal, "ben")
    for page in (anna, ben):
        page.goto(review)
    write(anna, "answer:alternatives", "Anna's words: spam was not the whole load.")
    ben.locator('[name="f:answer:alternatives"]').fill("Ben's words: a deletion job ran as well.")
    expect(ben.locator("[data-conflict]")).to_contain_text("Anna's words", timeout=15_000)
    expect(ben.locator("[data-conflict]")).to_contain_text("Ben's words")
    ben.locator("[data-conflict] button[value=mine]").click()
    expect(ben.locator("[data-conflict]")).to_have_count(0)
    ben.goto(review)
    expect(ben.locator('[name="f:answer:alternatives"]')).to_have_value(re.compile("Ben's words"))
    ben.goto(f"{review.split('?')[0].split('#')[0]}history/")
    expect(ben.locator("main")).to_contain_text("Anna's words")
    for page in (anna, ben):
        page.context.close()


def publish(browser: Browser, portal: Portal, mail: MailServer, review: str) -> None:
    """It is offered for review and published; its team gets it."""
    page = sign_in(browser, portal, "anna")
    page.goto(review)
    page.get_by_text("More", exact=True).first.click()
    page.get_by_role("button", name="Ask for review").click()
    page.goto(review)
    page.get_by_role("button", name="Publish").click()
    page.wait_for_url("**/publish/")
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Published").first).to_be_visible()
    mail.wait_for("lena@example.org", "Primary database emptied")
    page.context.close()


def answer_from_the_mail(browser: Browser, portal: Portal, mail: MailServer) -> None:
    """Step 3: owners get their mail at once; one is done from it, with evidence, without signing in."""
    message = mail.wait_for("ben@example.org", "alert when the newest backup")
    page = browser.new_context(viewport={"width": 360, "height": 740}).new_page()
    done = next(link for link in links_of(message) if is_done_link(page, link))
    page.goto(done)
    page.locator("input[name=evidence], textarea[name=evidence]").fill("https://ci.example.org/runs/7")
    page.locator("main form button").click()
    expect(page.get_by_text(re.compile("^Saved"))).to_be_visible()
    page.context.close()


def is_done_link(page: Page, link: str) -> bool:
    page.goto(link)
    return page.locator("[name=evidence]").count() == 1


def reminders_arrive_once_each(portal: Portal, mail: MailServer, start: datetime) -> None:
    """Time moves on: due soon, due, overdue, then the lead hears of it; once each, gathered, at work."""
    due = start + timedelta(days=14)  # a Tuesday
    moments = {
        "due soon": (due - timedelta(days=5), "anna"),
        "due": (due, "anna"),
        "overdue": (due + timedelta(days=3), "anna"),
        "overdue again": (due + timedelta(days=9), "anna"),
        "escalation": (due + timedelta(days=10), "lena"),
    }
    assigned = {person: len(mail.to(f"{person}@example.org")) for person in ("anna", "lena")}
    for moment, person in moments.values():
        before = len(mail.to(f"{person}@example.org"))
        portal.stop()
        portal.start("--no-demo", offset=offset_to(moment))
        mail.wait_for(f"{person}@example.org", "show host and environment", after=before, seconds=60)
    settle(mail)
    reminded = {
        person: [m for m in mail.to(f"{person}@example.org")[count:] if "show host" in text_of(m).lower()]
        for person, count in assigned.items()
    }
    told = {person: [str(m["Subject"]) for m in messages] for person, messages in reminded.items()}
    # On the day of the escalation the owner hears of it too.
    assert (len(told["anna"]), len(told["lena"])) == (5, 1), told
    identities = [m["Message-ID"] for m in mail.messages]
    assert len(set(identities)) == len(identities)


def settle(mail: MailServer) -> None:
    """Wait until no mail has come for two ticks."""
    seen = [-1]

    def quiet() -> bool:
        same, seen[0] = seen[0] == len(mail.messages), len(mail.messages)
        return same

    wait_until(lambda: time.sleep(12) or quiet(), 120, "the mail to settle")


def the_ledger_explains_everything(browser: Browser, portal: Portal, review: str) -> None:
    page = sign_in(browser, portal, "lena")
    answer = page.request.get(f"{portal.url}/healthz/").json()
    assert answer["unexplained"] == "none", answer
    page.goto(f"{portal.url}/deliveries/")
    expect(page.locator("main")).to_contain_text(re.compile("show host and environment", re.IGNORECASE))
    page.context.close()
