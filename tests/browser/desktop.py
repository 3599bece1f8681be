"""A streamed desktop in the browser: its screen's pixels, its keys, and what it left in the workspace.

The kind is the desktop's own image with a terminal in it: small, and what is typed shows in files.
"""

from __future__ import annotations

from typing import Any

import docker
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.people import Made, Person
from tests.harness import Platform
from tests.waiting import eventually

OPENS_MS = 60_000
MAKE_KIND = """
from workspaces.models import Kind
Kind.objects.update_or_create(slug="desk", defaults=dict(title="Drawing board", description="A desktop", position=90,
    image="spaces/desktop", memory_mb=512, cpus=1, port=6080, view_port=6081, health_path="/healthz", frame="desktop",
    picture_path="/picture.jpg", reports_use=True, user="coder"))
"""
GERMAN = {"ö": "Semicolon", "z": "KeyY", "y": "KeyZ", "€": "KeyE", "@": "KeyQ"}
"""Where these are on a German keyboard; the last two with AltGr."""


class Board(Person):
    """Somebody with a running desktop."""

    def __init__(self, site: Platform, name: str, engine: docker.DockerClient) -> None:
        super().__init__(site, name)
        self.engine = engine
        site.manage("shell", "-c", MAKE_KIND)
        self.entered: dict[int, list[Any]] = {}
        self.made: Made = self.make("Robot arm", kind="desk")

    def open(self, new_page: NewPage, port: int = 0, **options: Any) -> Page:
        """The desktop's page in a browser of its own, connected. `port` for the one that only looks."""
        page = new_page(**options)
        # With a ticket once only: who keeps coming with new ones is taken for one that is sent round for ever.
        if port not in self.entered:
            here = self.page(new_page, f"/workspaces/{self.made.id}/open{f'?port={port}' if port else ''}")
            connected(here)
            self.entered[port] = here.context.cookies(here.url)
            here.close()
        page.context.add_cookies(self.entered[port])
        page.goto(self.site.workspace_url(f"{self.made.id}-{port}" if port else self.made.id))
        connected(page)
        return page

    def run(self, *command: str) -> str:
        """What a command prints in the workspace; "" when it fails."""
        container = self.engine.containers.get(f"spaces-{self.made.id}")
        code, output = container.exec_run(list(command), user="coder")
        assert isinstance(output, bytes)
        return output.decode() if code == 0 else ""

    def reads(self, page: Page, name: str, before: str = "", after: str = "") -> None:
        """Afterwards the terminal writes into that file what is typed, until Ctrl+D.

        Not before: a shell that still has its line loses keys, and gets marks around what is pasted.
        """
        self.run("rm", "-f", f"/workspace/{name}")
        enter(page, f"clear; {before}cat > {name}{after}")
        eventually(lambda: self.run("ls", f"/workspace/{name}"), f"the terminal reads for {name}", 15)

    def only_looks(self, page: Page, owner: Page, name: str) -> None:
        """`page` sees the screen become green, and what is typed there is nowhere; the owner's is in that file."""
        self.reads(owner, name, before=r"printf '\033[42m\033[2J'; ")
        eventually(lambda: pixel(page)[1] > 100 > pixel(page)[0], "it is green for who looks", 10)
        page.bring_to_front()
        page.locator("#screen").click()
        page.locator("#screen canvas").focus()
        page.keyboard.type("not mine")
        owner.bring_to_front()
        owner.keyboard.type("mine")
        owner.keyboard.press("Enter")
        owner.keyboard.press("Control+d")
        self.has(name, "mine\n")
        enter(owner, r"printf '\033[0m'; clear")

    def has(self, name: str, content: str) -> None:
        """Waits until that file of the workspace holds this."""
        eventually(lambda: self.run("cat", f"/workspace/{name}") == content, f"{name} holds {content!r}", 15)


def connected(page: Page) -> None:
    """Afterwards the screen is there, as large as it is here, and the application in it."""
    expect(page.locator("#screen")).to_have_attribute("data-state", "there", timeout=OPENS_MS)
    expect(page.locator("#says")).to_be_hidden()


def pixel(page: Page, x: float = 0.5, y: float = 0.5) -> list[int]:
    """The colour at that place of the screen, from 0 to 1."""
    colour: list[int] = page.evaluate(
        """([x, y]) => {
            const canvas = document.querySelector("#screen canvas");
            const [at, down] = [Math.floor(x * (canvas.width - 1)), Math.floor(y * (canvas.height - 1))];
            return [...canvas.getContext("2d").getImageData(at, down, 1, 1).data.slice(0, 3)];
        }""",
        [x, y],
    )
    return colour


def size(page: Page) -> list[int]:
    """How large the remote screen is."""
    found: list[int] = page.evaluate(
        '(({ width, height }) => [width, height])(document.querySelector("#screen canvas"))'
    )
    return found


def enter(page: Page, line: str) -> None:
    """Type a line into the terminal of the desktop."""
    page.locator("#screen canvas").focus()
    page.keyboard.type(line)
    page.keyboard.press("Enter")


def press_german(page: Page, text: str) -> None:
    """Press keys as a German keyboard does: the letter, the place of its key, and AltGr where it needs that."""
    session = page.context.new_cdp_session(page)

    def send(kind: str, key: str, code: str, **more: Any) -> None:
        session.send("Input.dispatchKeyEvent", {"type": kind, "key": key, "code": code, **more})

    for letter in text:
        code = GERMAN[letter]
        if letter in "@€":
            send("rawKeyDown", "AltGraph", "AltRight")
        send("rawKeyDown", letter, code)
        send("keyUp", letter, code)
        if letter in "@€":
            send("keyUp", "AltGraph", "AltRight")
    session.detach()
