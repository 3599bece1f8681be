"""The whole evening: one workspace is prepared and copied, ten people claim one each, get help, and the next one finds
nothing of whom was there before."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import docker
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.editor import terminal, wait_for_workbench, write_file
from tests.browser.people import MAKE_LEADER, Made, Person
from tests.harness import Platform
from tests.waiting import eventually

pytestmark = pytest.mark.browser
SEATS = 10
OWN_HOST = re.compile(r"^http://[a-z][a-z0-9]{11}\.localhost:")
WORK_MS = 90_000
SECRET = "only-ada-knows-this"


@pytest.fixture(scope="module")
def leader(platform: Platform) -> Iterator[Person]:
    """Somebody who may lead workshops, and deletes hers afterwards."""
    person = Person(platform, "evening-leader")
    platform.manage("shell", "-c", MAKE_LEADER.format(leader=person.name))
    yield person
    person._post("/workshops/evening/end", at_end="delete")


@pytest.fixture(scope="module")
def prepared(leader: Person, docker_engine: docker.DockerClient) -> Made:
    """Her workspace, with material in the volume and a program beside it."""
    made = leader.make("Evening prepared", kind="code-server")
    run = docker_engine.containers.get(f"spaces-{made.id}").exec_run
    assert run(["sh", "-c", "echo 'print(1)' > /workspace/task.py; echo 'echo tool' > /home/coder/tool"]).exit_code == 0
    return made


def inside(client: docker.DockerClient, page: Page, *argv: str) -> str:
    """What a command prints in the workspace that this editor belongs to."""
    public_id = str(urlsplit(page.url).hostname).partition(".")[0]
    return str(client.containers.get(f"spaces-{public_id}").exec_run(list(argv)).output.decode())


def claim(new_page: NewPage, platform: Platform, name: str, email: str) -> Page:
    """A browser of somebody who types their name, and is in the editor."""
    page = new_page()
    page.goto(f"{platform.url}/workshop/evening/")
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Your e-mail address").fill(email)
    page.locator("form .btn-primary").click()
    page.locator(".seat-mine .btn-primary").click()
    return page


def workspace_of(page: Page) -> str:
    """The host that the browser is led to, which is its editor's."""
    page.wait_for_url(OWN_HOST, wait_until="commit")
    return str(urlsplit(page.url).hostname)


def test_from_the_prepared_workspace_to_the_next_participant(
    leader: Person,
    prepared: Made,
    platform: Platform,
    new_page: NewPage,
    docker_engine: docker.DockerClient,
    tmp_path: Path,
) -> None:
    desk = leader.page(new_page, "/workshops/new")
    desk.get_by_label("What the seats are copies of").select_option(prepared.id)
    desk.get_by_label("Title").fill("Evening")
    desk.get_by_label("Seats", exact=True).fill(str(SEATS))
    desk.get_by_role("button", name="Make the workshop").click()
    desk.get_by_role("button", name="Open", exact=True).click()
    status = f"{platform.url}/api/workshop/status?workshop=evening"
    eventually(lambda: leader.http.get(status, timeout=10).json()["available"] == SEATS, "all seats are warm", 180)

    # Ten people in ten browsers type their name, and each is in an editor of their own.
    ada = claim(new_page, platform, "Ada Lovelace", "ada@example.org")
    others = [claim(new_page, platform, f"Guest {n}", f"guest{n}@example.org") for n in range(SEATS - 2)]
    assert len({workspace_of(page) for page in [ada, *others]}) == SEATS - 1
    for page in others:
        wait_for_workbench(page)
        page.context.close()  # a workbench each takes more memory than a small machine has
    bob = claim(new_page, platform, "Bob", "bob@example.org")
    for page in (ada, bob):
        wait_for_workbench(page)
        expect(page.locator(".explorer-folders-view")).to_contain_text("task.py")
        assert inside(docker_engine, page, "cat", "/home/coder/tool") == "echo tool\n"
    assert leader.http.get(status, timeout=10).json() == {"available": 0, "total": SEATS, "claimed": SEATS}

    # Everybody's places are their own.
    write_file(ada, "/workspace/mine.txt", SECRET)
    terminal(ada, f"echo {SECRET} > ~/.mine")
    eventually(lambda: SECRET in inside(docker_engine, ada, "cat", "/home/coder/.mine"), "Ada's shell did it", 20)
    assert SECRET not in inside(docker_engine, bob, "sh", "-c", "cat /workspace/* /home/coder/.mine 2>&1")

    # Ada raises her hand, and the leader sees it without a reload.
    seat = new_ada(ada, platform)
    seat.get_by_label("Your question, if you like").fill("What is a list?")
    seat.get_by_role("button", name="Raise my hand").click()
    expect(desk.get_by_text("What is a list?").first).to_be_visible()

    # A file for all: Bob has changed his, which stays as it is.
    write_over(docker_engine, bob, "/workspace/task.py", "print('by Bob')\n")
    (tmp_path / "task.py").write_text("print(2)\n")
    desk.goto(f"{platform.url}/workshops/evening/push")
    desk.locator("#choose-files").set_input_files(tmp_path / "task.py")
    desk.get_by_role("button", name="Push the files").click()
    expect(desk.locator("progress")).to_have_attribute("value", "100", timeout=WORK_MS)
    assert inside(docker_engine, ada, "cat", "/workspace/task.py") == "print(2)\n"
    assert inside(docker_engine, bob, "cat", "/workspace/task.py") == "print('by Bob')\n"
    assert inside(docker_engine, bob, "sh", "-c", "cat '/workspace/task (from the leader).py'") == "print(2)\n"

    # Ada goes; who gets her seat next finds what was prepared, and her address is dead.
    left = str(urlsplit(ada.url).hostname)
    desk.goto(f"{platform.url}/workshops/evening/")
    desk.get_by_role("link", name=re.compile("^Ada Lovelace")).first.click()
    desk.get_by_role("link", name=re.compile("^Release")).first.click()
    desk.get_by_role("button", name=re.compile("^Release")).first.click()
    eventually(lambda: leader.http.get(status, timeout=10).json()["available"] == 1, "the seat is made anew", 60)
    ada.reload()
    expect(ada.locator(".monaco-workbench")).to_have_count(0)

    cleo = claim(new_page, platform, "Cleo", "cleo@example.org")
    wait_for_workbench(cleo)
    assert urlsplit(cleo.url).hostname != left
    found = inside(docker_engine, cleo, "sh", "-c", f"grep -rl {SECRET} /workspace /home /tmp /var /etc 2>/dev/null")
    assert found == ""
    assert inside(docker_engine, cleo, "cat", "/workspace/task.py") == "print(1)\n"


def new_ada(ada: Page, platform: Platform) -> Page:
    """Ada's page of her seat, beside her editor."""
    page = ada.context.new_page()
    page.goto(f"{platform.url}/workshop/mine/")
    return page


def write_over(client: docker.DockerClient, page: Page, path: str, text: str) -> None:
    """As whoever sits there would, by a program."""
    inside(client, page, "python3", "-c", f"open({path!r}, 'w').write({text!r})")
