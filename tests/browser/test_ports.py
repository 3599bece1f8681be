"""Ports in a real browser: a program starts and its app can be opened, shared and named, and taken back again."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import docker
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.people import Made, Person
from tests.browser.test_looks import LOOKS, tab_through
from tests.harness import Platform

pytestmark = pytest.mark.browser
KEEP = os.environ.get("SPACES_TEST_LOOKS", "")
APPEARS_MS = 20_000
NUMBERS = count(1)
"""Deleting is not waited for, and no two may have one name."""
SERVER = """
import http.server, sys, threading

class Hello(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b"<!doctype html><title>Hello</title><h1>Hello from the workspace</h1>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

http.server.ThreadingHTTPServer((sys.argv[1], int(sys.argv[2])), Hello).serve_forever()
"""


@pytest.fixture(scope="module")
def petra(platform: Platform) -> Person:
    return Person(platform, "petra")


@pytest.fixture(scope="module")
def paul(platform: Platform) -> Person:
    return Person(platform, "paul")


@pytest.fixture
def made(petra: Person) -> Iterator[Made]:
    made = petra.make(f"Weather station {next(NUMBERS)}")
    yield made
    petra.delete(made)


def serve(engine: docker.DockerClient, made: Made, address: str, port: int) -> None:
    command = ["python3", "-c", SERVER, address, str(port)]
    engine.containers.get(f"spaces-{made.id}").exec_run(command, detach=True)


def keep(page: Page, name: str) -> None:
    if KEEP:
        Path(KEEP).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{KEEP}/ports-{name}.png", full_page=True)


def opens_app(page: Page, name: str = "Open app on port 3000 (new tab)") -> Page:
    with page.expect_popup() as popup:
        page.get_by_role("link", name=name).click()
    expect(popup.value.get_by_role("heading", level=1)).to_have_text("Hello from the workspace")
    return popup.value


def test_an_app_appears_when_it_listens_and_is_opened_from_both_pages(
    petra: Person, made: Made, new_page: NewPage, docker_engine: docker.DockerClient, console_errors: list[str]
) -> None:
    first = petra.page(new_page, f"/workspaces/{made.id}/")
    page = petra.page(new_page, f"/workspaces/{made.id}/ports/")
    expect(page.get_by_role("heading", name="Nothing to open yet")).to_be_visible()
    expect(first.get_by_role("region", name="Apps")).to_have_count(0)
    keep(page, "empty")
    serve(docker_engine, made, "0.0.0.0", 3000)
    serve(docker_engine, made, "127.0.0.1", 5000)
    port = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Port 3000"))
    expect(port.get_by_text("Listening")).to_be_visible(timeout=APPEARS_MS)
    expect(page.get_by_text("It listens on 127.0.0.1 only")).to_be_visible(timeout=APPEARS_MS)
    expect(page.get_by_role("link", name="Open app")).to_have_count(1)
    assert opens_app(page).url == f"http://{made.id}-3000.localhost:{petra.site.port}/"
    apps = first.get_by_role("region", name="Apps")
    expect(apps).to_contain_text("Port 3000", timeout=APPEARS_MS)
    keep(first, "overview")
    opens_app(first)
    assert console_errors == []


def test_what_somebody_is_at_stays_while_the_page_keeps_asking(
    petra: Person, made: Made, new_page: NewPage, docker_engine: docker.DockerClient
) -> None:
    serve(docker_engine, made, "0.0.0.0", 3000)
    page = petra.page(new_page, f"/workspaces/{made.id}/ports/")
    expect(page.get_by_role("heading", name="Port 3000")).to_be_visible(timeout=APPEARS_MS)
    page.locator("#reach-3000 > summary").click()
    page.get_by_role("radio", name="Everybody with the link").first.check()
    with page.expect_response(lambda answer: "seen=" in answer.url and answer.status == 204):
        pass
    expect(page.get_by_role("radio", name="Everybody with the link").first).to_be_checked()
    expect(page.get_by_role("radio", name="Everybody with the link").first).to_be_focused()


def test_a_port_is_shared_with_people_and_by_link_and_taken_back(
    petra: Person, paul: Person, made: Made, new_page: NewPage, docker_engine: docker.DockerClient,
    console_errors: list[str],
) -> None:  # fmt: skip
    serve(docker_engine, made, "0.0.0.0", 3000)
    page = petra.page(new_page, f"/workspaces/{made.id}/ports/")
    expect(page.get_by_role("heading", name="Port 3000")).to_be_visible(timeout=APPEARS_MS)

    def reach(who: str) -> None:
        page.locator("#reach-3000 > summary").click()
        form = page.locator("#reach-3000 form")
        form.get_by_role("radio", name=who).check()
        form.get_by_role("button", name="Save").click()

    reach("Everybody who is signed in")
    expect(page.locator("#reach-3000")).to_contain_text("Open to: everybody who is signed in")
    address = page.locator("#url-3000").inner_text()
    theirs = paul.page(new_page)
    theirs.goto(address)
    expect(theirs.get_by_role("heading", level=1)).to_have_text("Hello from the workspace")
    theirs.goto(f"{paul.site.url}/workspaces/{made.id}/")
    expect(theirs.get_by_text("Weather station")).to_have_count(0)

    reach("Everybody with the link")
    expect(page.get_by_role("heading", level=1)).to_have_text("Let everybody with the link open port 3000?")
    keep(page, "confirm")
    page.get_by_role("button", name="Make the link").click()
    link = page.locator("#link-3000").inner_text()
    keep(page, "shared")
    guest = new_page()
    guest.goto(link)
    expect(guest.get_by_role("heading", level=1)).to_have_text("Hello from the workspace")
    assert guest.url == address
    page.get_by_role("button", name="Make a new link for port 3000").click()
    expect(page.locator("#link-3000")).not_to_have_text(link)
    guest.goto(address)
    expect(guest).to_have_url(re.compile(f"^{petra.site.url}/sign-in/"))
    guest.goto(link)
    expect(guest.get_by_role("heading", level=1)).to_have_text("There is no workspace here")
    theirs.goto(address)
    expect(theirs.get_by_role("heading", level=1)).not_to_have_text("Hello from the workspace")


def test_a_name_is_given_protected_and_taken_back(
    petra: Person, made: Made, new_page: NewPage, docker_engine: docker.DockerClient
) -> None:
    serve(docker_engine, made, "0.0.0.0", 3000)
    page = petra.page(new_page, f"/workspaces/{made.id}/ports/")
    names, name = page.get_by_role("region", name="Names"), f"w-{made.id[:6]}"
    names.get_by_label("Name", exact=True).fill("www")
    names.get_by_role("spinbutton", name="Port").fill("3000")
    names.get_by_role("button", name="Add the name").click()
    expect(names.get_by_label("Name", exact=True)).to_have_accessible_description(re.compile("kept for the site"))
    names.get_by_label("Name", exact=True).fill(name)
    names.get_by_text("With a password", exact=True).click()
    names.get_by_label("User name").fill("class")
    names.get_by_label("Password", exact=True).fill("open sesame")
    names.get_by_role("button", name="Add the name").click()
    expect(names).to_contain_text("password for “class”")
    expect(page.get_by_role("heading", name="Port 3000")).to_be_visible(timeout=APPEARS_MS)
    keep(page, "names")
    with page.expect_popup() as popup:
        names.get_by_role("link", name=f"http://{name}.localhost").click()
    expect(popup.value.get_by_role("heading", level=1)).to_have_text("Hello from the workspace")
    assert popup.value.url == f"http://{name}.localhost:{petra.site.port}/"

    guest = new_page()
    guest.goto(f"http://{name}.localhost:{petra.site.port}/")
    expect(guest.get_by_role("heading", level=1)).to_have_text(name)
    keep(guest, "gate")
    assert guest.evaluate(LOOKS) == []
    guest.get_by_label("User name").fill("class")
    guest.get_by_label("Password").fill("wrong words")
    guest.keyboard.press("Enter")
    expect(guest.get_by_role("alert")).to_contain_text("not the user name and password")
    guest.get_by_label("User name").fill("class")
    guest.get_by_label("Password").fill("open sesame")
    guest.keyboard.press("Enter")
    expect(guest.get_by_role("heading", level=1)).to_have_text("Hello from the workspace")

    names.get_by_role("link", name=f"Change {name}").click()
    page.get_by_label("Password", exact=True).fill("another one")
    keep(page, "change")
    page.get_by_role("button", name="Save").click()
    guest.reload()
    expect(guest.get_by_label("User name")).to_be_visible()
    names.get_by_role("link", name=f"Remove … {name}").click()
    page.get_by_role("button", name="Remove the name").click()
    expect(page.get_by_text(f"The name “{name}” is free again.")).to_be_visible()
    guest.reload()
    expect(guest.get_by_role("heading", level=1)).to_have_text("There is no workspace here")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
def test_the_page_can_be_read_and_reached_in_every_size_and_colour(
    petra: Person, new_page: NewPage, docker_engine: docker.DockerClient, size: tuple[int, int], theme: str,
    shown_off: Made,
) -> None:  # fmt: skip
    width, height = size
    page = petra.page(
        new_page, f"/workspaces/{shown_off.id}/ports/", viewport={"width": width, "height": height}, color_scheme=theme
    )
    expect(page.get_by_role("heading", name="Port 5000")).to_be_visible(timeout=APPEARS_MS)
    assert page.evaluate(LOOKS) == []
    keep(page, f"{theme}-{width}")
    assert tab_through(page) == []


@pytest.fixture(scope="module")
def shown_off(petra: Person, docker_engine: docker.DockerClient) -> Iterator[Made]:
    """One with a port of each kind."""
    made = petra.make("Robot arm, group B")
    serve(docker_engine, made, "0.0.0.0", 3000)
    serve(docker_engine, made, "127.0.0.1", 5000)
    site, path = petra.site, f"/api/projects/{made.id}"
    assert site.put(f"{path}/ports/3000", json={"audience": "link"}, token=petra.token).ok
    assert site.put(f"{path}/ports/8080", json={"audience": "people"}, token=petra.token).ok
    name = {"subdomain": f"robot-{made.id[:6]}", "port": 3000, "authUsername": "class", "authPassword": "open sesame"}
    assert site.post(f"{path}/aliases", json=name, token=petra.token).ok
    yield made
    petra.delete(made)


def test_without_scripts_everything_can_be_done(petra: Person, made: Made, new_page: NewPage) -> None:
    page = petra.page(new_page, f"/workspaces/{made.id}/ports/", java_script_enabled=False)
    page.get_by_text("Another port").click()
    panel = page.get_by_role("region", name="Another port")
    panel.get_by_label("Port", exact=True).fill("4000")
    panel.get_by_role("radio", name="Everybody with the link").check()
    panel.get_by_role("button", name="Share the port").click()
    page.get_by_role("button", name="Make the link").click()
    expect(page.locator("#link-4000")).to_contain_text("/_spaces/link?key=")
    page.get_by_role("button", name="Make a new link for port 4000").click()
    page.locator("#reach-4000 > summary").click()
    page.locator("#reach-4000 form").get_by_role("radio", name="Those who may work in it").check()
    page.locator("#reach-4000 form").get_by_role("button", name="Save").click()
    expect(page.locator("#link-4000")).to_have_count(0)
