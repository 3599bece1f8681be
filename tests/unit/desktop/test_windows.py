"""Without a menu the window manager starts nothing; an image says which window is its main one, without a frame."""

from __future__ import annotations

import json
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest

from tests.unit.desktop.conftest import IMAGES

XML = "{http://openbox.org/3.4}"


def parsed(inside: SimpleNamespace, has_menu: bool, main: list[dict[str, str]] | None = None) -> ElementTree.Element:
    app = inside.settings.App("KiCad", ("kicad",), main or [{"title": "KiCad"}], ({"title": "Preferences"},))
    return ElementTree.fromstring(inside.windows.openbox_settings(app, "/menu.xml", has_menu))


def actions(tree: ElementTree.Element) -> set[str]:
    return {action.attrib["name"] for action in tree.iter(f"{XML}action")}


def test_without_a_menu_nothing_can_be_started(inside: SimpleNamespace) -> None:
    tree = parsed(inside, has_menu=False)
    assert not actions(tree) & {"Execute", "ShowMenu", "Restart", "Exit", "Reconfigure"}
    assert tree.find(f"{XML}menu/{XML}file") is None


def test_with_a_menu_terminal_and_files_can(inside: SimpleNamespace) -> None:
    tree = parsed(inside, has_menu=True)
    assert "ShowMenu" in actions(tree) and "Iconify" in actions(tree)
    file = tree.find(f"{XML}menu/{XML}file")
    assert file is not None and file.text == "/menu.xml"
    commands = [command.text or "" for command in ElementTree.fromstring(inside.windows.MENU).iter(f"{XML}command")]
    assert [command.split()[0] for command in commands] == ["lxterminal", "pcmanfm"]


def test_alt_and_the_mouse_are_the_application_s(inside: SimpleNamespace) -> None:
    for has_menu in (False, True):
        buttons = {bind.attrib["button"] for bind in parsed(inside, has_menu).iter(f"{XML}mousebind")}
        assert buttons == {"Left", "Right"}


def frameless(tree: ElementTree.Element) -> list[dict[str, str]]:
    rules = tree.iter(f"{XML}application")
    return [rule.attrib for rule in rules if rule.findtext(f"{XML}decor") == "no"]


def test_the_main_window_has_a_frame_only_where_it_must_be_put_aside(inside: SimpleNamespace) -> None:
    odd = [{"title": "a \"b\" <c> & 'd'"}, {"class": "Blender"}]
    assert frameless(parsed(inside, False, odd)) == odd
    assert frameless(parsed(inside, True, odd)) == []


def test_others_are_full_screen_and_dialogs_in_the_middle(inside: SimpleNamespace) -> None:
    rules = {rule.attrib.get("type"): rule for rule in parsed(inside, False).iter(f"{XML}application")}
    assert rules["normal"].findtext(f"{XML}maximized") == "yes"
    assert rules["dialog"].findtext(f"{XML}position/{XML}x") == "center"


def test_windows_that_are_meant_to_be_small_stay_so(inside: SimpleNamespace) -> None:
    rules = {rule.attrib.get("title"): rule for rule in parsed(inside, False).iter(f"{XML}application")}
    assert rules["Preferences"].findtext(f"{XML}maximized") == "no"


@pytest.mark.parametrize("name", ["desktop", "kicad", "blender"])
def test_every_image_says_what_it_shows(inside: SimpleNamespace, name: str) -> None:
    file = IMAGES / name / "app.json"
    app = inside.settings.app_read(file)
    assert app.title == json.loads(file.read_text())["title"] and app.command and app.main


def test_a_menu_is_there_only_where_it_is_allowed(inside: SimpleNamespace) -> None:
    has_menu = inside.settings.has_menu
    assert has_menu({"SPACES_DESKTOP_MENU": "1"})
    assert not any(has_menu(environ) for environ in ({}, {"SPACES_DESKTOP_MENU": ""}, {"SPACES_DESKTOP_MENU": "0"}))
