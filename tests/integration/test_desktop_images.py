"""The images with a desktop on the real engine: seen, closed, killed, stopped, looked at, within their limits."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator
from typing import Any

import docker
import pytest

from tests.integration.desks import Desk, Region, spec_of
from tests.integration.rfb import ALT, CONTROL, RETURN, SUPER, Refused, screen
from tests.waiting import eventually
from workspaces.engine.docker import DockerEngine
from workspaces.images import image_ensure

pytestmark = pytest.mark.integration
LOOK = 6081
APP_FILE = "/etc/spaces-desktop.json"
NOTHING = json.dumps({"title": "Nothing", "command": ["sleep", "infinity"], "main": [{"class": "None"}]}).encode()
WHOLE = (0, 0, 1280, 800)

NewDesk = Callable[..., Desk]


@pytest.fixture
def new_desk(
    docker_engine: docker.DockerClient, instance: str, engine_cleaned: None, settings: Any
) -> Iterator[NewDesk]:
    settings.INSTANCE = instance

    def make(name: str = "desktop", **more: Any) -> Desk:
        image = image_ensure(DockerEngine(), f"spaces/{name}", lambda _progress: None)
        return Desk(DockerEngine(), docker_engine, spec_of(image, instance, **more)).make()

    yield make


@pytest.fixture
def desk(new_desk: NewDesk) -> Desk:
    """The desktop's own image, whose application is a terminal; it shows."""
    made = new_desk()
    eventually(lambda: made.app_is("there"), "the terminal is there", 30)
    return made


def peak_mb(desk: Desk) -> float:
    """Most memory it had so far, in MiB."""
    stats = desk.container.stats(stream=False)["memory_stats"]
    return float(stats.get("max_usage", stats["usage"])) / 1024**2


def is_kicad(menu: Region, files: Region, editors: Region) -> bool:
    """A light menu bar from edge to edge, a white list of files, and bright icons."""
    return menu.light > 230 and files.light > 245 and editors.colours > 25


def is_blender(menu: Region, view: Region) -> bool:
    """A dark menu bar, and a cube with the outline of what is selected."""
    return menu.light < 60 and view.orange > 60 and view.light < 110


def test_kicad_is_full_screen_in_a_project(new_desk: NewDesk) -> None:
    desk = new_desk("kicad", memory_mb=2048)
    desk.shows("KiCad", is_kicad, (400, 2, 1270, 20), (80, 300, 270, 700), (300, 40, 360, 560))
    assert desk.run("ls", "/workspace/pic_programmer/pic_programmer.kicad_pro")
    assert desk.get("/desktop.json").json() == {"key": desk.key(), "app": "there", "title": "KiCad"}
    assert peak_mb(desk) < 1024


def test_blender_is_full_screen_without_a_greeting_and_ends_with_its_work_saved(new_desk: NewDesk) -> None:
    desk = new_desk("blender", memory_mb=3072)
    desk.shows("Blender", is_blender, (240, 4, 260, 20), (440, 300, 620, 470))
    assert peak_mb(desk) < 1536
    desk.engine.stop(desk.spec.name)
    desk.start()
    assert desk.run("ls", "/workspace/.autosave/quit.blend")


async def test_what_a_person_closes_or_what_dies_is_back(desk: Desk) -> None:
    first = desk.process("lxterminal")
    async with screen(desk.state.address) as person:
        await person.type("exit\n")
        eventually(lambda: desk.process("lxterminal") not in ("", first), "it is back after it was closed", 30)
    second = desk.process("lxterminal")
    desk.run("pkill", "-KILL", "-x", "lxterminal")
    eventually(lambda: desk.process("lxterminal") not in ("", second), "it is back after it was killed", 30)
    window_manager = desk.process("openbox")
    desk.run("pkill", "-KILL", "-x", "openbox")
    eventually(lambda: desk.process("openbox") not in ("", window_manager), "so is the window manager", 30)
    desk.run("pkill", "-KILL", "-x", "Xvnc")
    eventually(lambda: desk.get("/healthz").status_code == 503, "without a screen it is not well", 10)
    eventually(lambda: desk.get("/healthz").status_code == 200 and desk.app_is("there"), "and comes back whole", 60)
    async with screen(desk.state.address) as person:
        assert (person.width, person.height) == (1280, 800)


async def try_everything(desk: Desk) -> None:
    """What starts programs on other desktops: keys, and the mouse on the background."""
    combinations = [
        (ALT, 0xFFBF), (ALT, 0xFFBE), (SUPER, ord("e")), (SUPER, ord("d")), (CONTROL, ALT, ord("t")),
        (ALT, ord(" ")), (ALT, 0xFF1B), (CONTROL, ALT, 0xFFFF), (CONTROL, 0xFF1B), (SUPER,), (0xFF67,),
    ]  # fmt: skip
    async with screen(desk.state.address) as person:
        for button in (1, 2, 3, 4, 5):
            await person.click(600, 400, button)
        for keys in combinations:
            await person.press(*keys)


def processes(desk: Desk) -> list[str]:
    """Names of all that runs there, but what asks."""
    return sorted(set(desk.run("ps", "-e", "-o", "comm=").split()) - {"ps", "python3"})


async def test_nothing_else_can_be_started(new_desk: NewDesk) -> None:
    desk = new_desk(files={APP_FILE: NOTHING})
    before = processes(desk)
    await try_everything(desk)
    assert desk.looks(WHOLE)[0].colours == 1, "nothing is shown"
    assert processes(desk) == before == ["Xvnc", "openbox", "sleep", "tini"]


async def test_where_it_is_allowed_a_menu_starts_a_terminal(new_desk: NewDesk) -> None:
    desk = new_desk(files={APP_FILE: NOTHING}, environment={"SPACES_DESKTOP_MENU": "1"})
    async with screen(desk.state.address) as person:
        await person.click(600, 400, 3)
        desk.shows("the menu", lambda menu: menu.colours > 3, (600, 390, 720, 470), seconds=10)
        await person.press(0xFF54)  # arrow down
        await person.press(RETURN)
        eventually(lambda: desk.app_is("there"), "a window is there", 30)
    assert "lxterminal" in processes(desk)


async def test_who_looks_sees_and_can_do_nothing(desk: Desk) -> None:
    address = desk.state.address
    async with screen(address, LOOK) as looking, screen(address) as person:
        await looking.resize(800, 600)
        await looking.type("touch /workspace/by-looking\n")
        await looking.click(640, 400, 2)
        await person.type("touch /workspace/by-person\n")
        eventually(lambda: desk.run("ls", "/workspace/by-person"), "the person's keys arrive", 20)
        assert not desk.run("ls", "/workspace/by-looking")
        async with screen(address, LOOK) as again:
            assert (again.width, again.height) == (1280, 800)
        await person.resize(1024, 768)

        async def size() -> tuple[int, int]:
            async with screen(address, LOOK) as other:
                return other.width, other.height

        for _ in range(100):
            if await size() == (1024, 768):
                break
        assert await size() == (1024, 768), "a person sets the size for all"


async def test_a_thousand_wrong_keys_keep_nobody_out(desk: Desk) -> None:
    address = desk.state.address
    assert desk.key() != desk.key(LOOK)
    for _ in range(50):
        with pytest.raises(Refused):
            async with screen(address, LOOK, key=secrets.token_hex(4)):
                pass
    async with screen(address, LOOK) as looking, screen(address, 6080) as person:
        assert looking.width == person.width == 1280
    async with screen(address, LOOK, key=desk.key()) as person:
        await person.type("touch /workspace/known\n")
    eventually(lambda: desk.run("ls", "/workspace/known"), "the key decides, not the port", 20)


def test_keys_are_new_at_each_start_and_nowhere_to_be_read_by_others(desk: Desk) -> None:
    keys = {desk.key(), desk.key(LOOK)}
    everything = desk.run("sh", "-c", "cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ; true", user="0")
    assert "Xvnc" in everything and not any(key in everything for key in keys)
    assert desk.run("stat", "-c", "%a %U", "/dev/shm/spaces-desktop", user="0") == "700 coder\n"
    assert not any(key in desk.container.logs().decode() for key in keys)
    desk.engine.stop(desk.spec.name)
    desk.start()
    assert len(keys | {desk.key(), desk.key(LOOK)}) == 4


def test_it_goes_on_after_a_pause_and_after_a_hard_end(desk: Desk) -> None:
    key = desk.key()
    desk.container.pause()
    desk.container.unpause()
    eventually(lambda: desk.get("/healthz").status_code == 200, "it goes on", 20)
    assert desk.key() == key
    desk.container.kill()  # X leaves its lock and its socket behind
    desk.start()
    eventually(lambda: desk.app_is("there"), "the application is there", 30)


def test_a_copy_of_a_running_one_starts_with_keys_of_its_own(desk: Desk, new_desk: NewDesk, instance: str) -> None:
    tag = f"spaces-test/{secrets.token_hex(6)}"
    desk.client.api.commit(desk.spec.name, tag, "1")
    try:
        copy = Desk(desk.engine, desk.client, spec_of(f"{tag}:1", instance)).make()
        eventually(lambda: copy.app_is("there"), "the application is there", 30)
        assert not {copy.key(), copy.key(LOOK)} & {desk.key(), desk.key(LOOK)}
        command = ["ls", "-A", "/dev/shm"]
        assert desk.client.containers.run(f"{tag}:1", command, remove=True) == b"", "no key is in the image"
        desk.engine.remove_container(copy.spec.name)
    finally:
        desk.client.images.remove(f"{tag}:1", force=True)


def test_it_works_where_nothing_but_ones_own_folders_can_be_written(new_desk: NewDesk) -> None:
    desk = new_desk(read_only=True)
    eventually(lambda: desk.app_is("there"), "the terminal is there", 30)
    desk.engine.stop(desk.spec.name)
    desk.start()
    eventually(lambda: desk.app_is("there"), "the terminal is there again", 30)
