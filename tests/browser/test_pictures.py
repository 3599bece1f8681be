"""Small pictures of desktops in the browser: there while one runs and somebody looks, and never otherwise."""

from __future__ import annotations

from collections.abc import Iterator

import docker
import pytest
from playwright.sync_api import Locator, Page, Request, expect

from tests.browser.conftest import NewPage
from tests.browser.people import MAKE_LEADER, Made, Person, card
from tests.browser.test_looks import page_problems
from tests.harness import Platform
from tests.pictures_parts import STAND_IN
from tests.waiting import eventually

pytestmark = pytest.mark.browser
SOON_MS = 15_000
WORK_MS = 60_000
SETTING_UP = MAKE_LEADER + """
from django.utils import timezone
from workshop.models import Seat, Workshop
from workspaces.models import Kind, Workspace
kind = Kind.objects.create(
    slug="pictured", title="Pictured", image="spaces/terminal", port=8000, picture_path="/picture.jpg", enabled=False,
)
spaces = Workspace.objects.filter(public_id__in={ids})
spaces.update(kind=kind)
workshop = Workshop.objects.create(
    slug="desks", title="Desks", owner=leader, seats_wanted=2, seats_most=2, state="open",
)
for number, id in enumerate({ids}, start=1):
    space = Workspace.objects.get(public_id=id)
    Seat.objects.create(workshop=workshop, number=number, workspace=space, ready_at=timezone.now())
"""
COLOUR = """image => {
    if (!image.complete || !image.naturalWidth) return "none";
    const canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
    canvas.width = canvas.height = 1;
    pen.drawImage(image, 0, 0, 1, 1);
    return Array.from(pen.getImageData(0, 0, 1, 1).data.slice(0, 3)).join(" ");
}"""
RED, BLUE = "200 30 30", "30 30 200"


class Desks:
    """Dana's two desktops, which are seats of her workshop too; the second one sleeps."""

    def __init__(self, platform: Platform, engine: docker.DockerClient) -> None:
        self.platform, self.engine, self.dana = platform, engine, Person(platform, "dana-draws")
        self.made = [self.dana.make(f"Desk {number}", wait=False) for number in (1, 2)]
        for made in self.made:
            self.dana.becomes(made, "running")
        ids = [made.id for made in self.made]
        platform.manage("shell", "-c", SETTING_UP.format(leader=self.dana.name, ids=ids))
        self.start(self.made[0])
        self.dana.do("stop", self.made[1])

    def start(self, made: Made) -> None:
        """Its desktop."""
        self.inside(made, ["python3", "-c", STAND_IN], detach=True)

    def paint(self, made: Made, colour: str) -> None:
        """The whole of its screen."""
        octal = "".join(f"\\{int(part):03o}" for part in colour.split())
        self.inside(made, ["sh", "-c", f"printf '{octal}' > /tmp/colour.new && mv /tmp/colour.new /tmp/colour"])

    def inside(self, made: Made, command: list[str], *, detach: bool = False) -> None:
        done = self.engine.containers.get(f"spaces-{made.id}").exec_run(command, detach=detach)
        assert detach or done.exit_code == 0, done


@pytest.fixture(scope="module")
def desks(platform: Platform, docker_engine: docker.DockerClient) -> Iterator[Desks]:
    made = Desks(platform, docker_engine)
    yield made
    for one in made.made:
        made.dana.delete(one)


@pytest.fixture(autouse=True)
def red(desks: Desks) -> None:
    desks.paint(desks.made[0], RED)


def picture(where: Page | Locator) -> Locator:
    return where.locator("[data-picture]").first


def is_painted(image: Locator, colour: str) -> None:
    eventually(lambda: image.evaluate(COLOUR) == colour, f"the picture is {colour}", 30, every=0.2)


def asked_by(page: Page) -> list[str]:
    """The addresses of pictures that it asks for from now on."""
    found: list[str] = []

    def note(request: Request) -> None:
        if "/picture" in request.url:
            found.append(request.url)

    page.on("request", note)
    return found


def test_a_card_shows_the_screen_and_follows_it(desks: Desks, new_page: NewPage, console_errors: list[str]) -> None:
    page = desks.dana.page(new_page)
    image = picture(card(page, "Desk 1"))
    is_painted(image, RED)
    expect(image).to_have_accessible_name("Screen of Desk 1")
    desks.paint(desks.made[0], BLUE)
    is_painted(image, BLUE)
    assert page.locator("[data-picture]").count() == 1, "the other one is stopped"
    expect(card(page, "Desk 2").locator(".picture .icon")).to_be_visible()
    assert page_problems(page, "pictures-list", console_errors) == []


def test_a_card_that_is_fetched_anew_keeps_its_picture_without_a_gap(desks: Desks, new_page: NewPage) -> None:
    page = desks.dana.page(new_page)
    image = picture(card(page, "Desk 1"))
    is_painted(image, RED)
    page.evaluate("""() => {
        window.gaps = 0;
        const look = () => {
            const image = document.querySelector("[data-picture]");
            if (!image?.complete || !image.naturalWidth) window.gaps += 1;
            requestAnimationFrame(look);
        };
        look();
    }""")
    asked = asked_by(page)
    for _ in range(3):
        old = card(page, "Desk 1").element_handle()
        page.evaluate("() => htmx.trigger('[data-workspace]:has([data-picture])', 'refresh')")
        eventually(lambda: not old.evaluate("card => card.isConnected"), "the card is another one", 10)  # noqa: B023
    page.evaluate("() => htmx.trigger('#list', 'refresh')")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.gaps") == 0
    assert len(asked) <= 2, "a new card is no reason to ask anew"
    assert page.locator(".picture img").count() == 1
    desks.paint(desks.made[0], BLUE)
    is_painted(image, BLUE)  # in its new place it goes on


def test_it_is_asked_for_only_while_somebody_looks(desks: Desks, new_page: NewPage) -> None:
    page = desks.dana.page(new_page)
    page.evaluate("() => { document.querySelector('main').style.paddingTop = '3000px'; }")  # the card leaves the window
    page.wait_for_timeout(500)  # what was under way is over
    asked = asked_by(page)
    page.wait_for_timeout(11_000)  # longer than between two pictures
    assert asked == []
    page.evaluate("""() => {
        Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
        document.querySelector('main').style.paddingTop = '0';
        document.dispatchEvent(new Event("visibilitychange"));
    }""")
    page.wait_for_timeout(11_000)
    assert asked == [], "the tab is in the background"
    page.evaluate("""() => {
        Object.defineProperty(document, "visibilityState", { value: "visible" });
        document.dispatchEvent(new Event("visibilitychange"));
    }""")
    eventually(lambda: asked, "it is asked for again", 5)


def test_one_that_is_stopped_shows_its_picture_no_longer(desks: Desks, new_page: NewPage) -> None:
    page, made = desks.dana.page(new_page), desks.made[0]
    is_painted(picture(card(page, "Desk 1")), RED)
    desks.dana.site.post(f"/api/v1/spaces/stop/{made.number}", token=desks.dana.token)
    expect(card(page, "Desk 1").locator(".chip")).to_have_text("Stopped", timeout=WORK_MS)
    expect(card(page, "Desk 1").locator("[data-picture]")).to_have_count(0)
    expect(card(page, "Desk 1").locator(".picture .icon")).to_be_visible()
    restart(desks)
    is_painted(picture(card(page, "Desk 1")), RED)


def restart(desks: Desks) -> None:
    """Its desktop answers only once it is started by hand, so its start ends as soon as that is there."""
    made, site = desks.made[0], desks.platform
    site.post(f"/api/v1/spaces/start/{made.number}", token=desks.dana.token, headers={"Prefer": "respond-async"})
    name = f"spaces-{made.id}"
    eventually(lambda: desks.engine.containers.get(name).status == "running", "the container runs", 30)
    desks.start(made)
    desks.dana.becomes(made, "running")


def test_the_pages_of_a_workspace_and_of_a_workshop_show_it(
    desks: Desks, new_page: NewPage, console_errors: list[str]
) -> None:
    page = desks.dana.page(new_page, f"/workspaces/{desks.made[0].id}/")
    is_painted(picture(page), RED)
    assert picture(page).evaluate("image => image.naturalWidth") == 640
    for path in ("/workshops/desks/?view=wall", "/workshops/desks/?view=table", "/workshops/desks/seats/1/"):
        page.set_viewport_size({"width": 1280, "height": 800})
        page.goto(desks.platform.url + path)
        is_painted(picture(page), RED)
        name = f"pictures-{path.strip('/').replace('/', '-').replace('?view=', '-')}"
        assert page_problems(page, name, console_errors) == []
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(desks.platform.url + "/workshops/desks/?view=wall")
    page.locator("#seat-1 .picture").click(force=True)  # what takes the click is the link over it
    expect(page).to_have_url(f"{desks.platform.url}/workshops/desks/seats/1/")
    assert console_errors == []
