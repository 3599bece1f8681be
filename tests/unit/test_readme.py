"""What README.md says is there, and what is there stands in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from spaces_site.env import SETTINGS, Setting

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()


def section(title: str) -> str:
    """The text below a heading, up to the next one of the same level."""
    return README.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def rows() -> dict[str, list[str]]:
    """The settings table: name → its cells."""
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in section("Settings").splitlines()]
    return {row[0].strip("`"): row for row in cells if len(row) == 3 and row[0].startswith("`")}


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_a_setting_stands_in_the_table_with_its_default_and_older_names(setting: Setting) -> None:
    name, default, text = rows()[setting.name]
    assert default == (f"`{setting.default}`" if setting.default else ""), name
    for alias in setting.aliases:
        assert f"`{alias}`" in text


def test_the_table_names_no_setting_that_is_not_there() -> None:
    assert set(rows()) == {setting.name for setting in SETTINGS}


def test_every_make_target_it_names_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"`make ([a-z]+)", README)) | set(re.findall(r"^make ([a-z]+)", README, re.MULTILINE))
    assert {"run", "test"} <= named
    assert named <= targets


def test_every_folder_of_its_map_exists() -> None:
    folders = re.findall(r"^(\S+/)\s", section("What is where"), re.MULTILINE)
    assert len(folders) >= 5
    assert [folder for folder in folders if not (ROOT / folder).is_dir()] == []


def test_every_file_it_links_to_exists() -> None:
    shown = re.sub(r"<!--.*?-->", "", README, flags=re.DOTALL)
    linked = [target for target in re.findall(r"\]\(([^)#]+)\)", shown) if "://" not in target]
    assert [target for target in linked if not (ROOT / target).exists()] == []
