"""An application opens what was worked on last, whatever else the volume holds."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest


def make(root: Path, path: str, changed: int) -> Path:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()
    os.utime(file, (changed, changed))
    return file


def test_the_newest_file_is_found_wherever_it_is(inside: SimpleNamespace, tmp_path: Path) -> None:
    make(tmp_path, "old.blend", 1)
    last = make(tmp_path, "a/b/c/new.blend", 3)
    make(tmp_path, "a/later.txt", 9)
    assert inside.newest.newest(tmp_path, (".blend",)) == last
    assert inside.newest.newest(tmp_path, (".none",)) is None


def test_hidden_files_links_and_copies_are_passed_over(inside: SimpleNamespace, tmp_path: Path) -> None:
    last = make(tmp_path, "a.blend", 1)
    make(tmp_path, ".autosave/b.blend", 5)
    make(tmp_path, ".c.blend", 5)
    make(tmp_path, "x-backups/d.blend", 5)
    (tmp_path / "link").symlink_to("/")
    (tmp_path / "e.blend").symlink_to("/etc/hostname")
    (tmp_path / "folder.blend").mkdir()
    assert inside.newest.newest(tmp_path, (".blend",), passed_over=("-backups",)) == last


def test_a_volume_full_of_files_is_not_searched_for_ever(
    inside: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inside.newest, "MOST_ENTRIES", 10)
    for number in range(50):
        make(tmp_path, f"many/{number}.txt", 1)
    first = make(tmp_path, "top.blend", 1)
    make(tmp_path, "many/z.blend", 9)
    assert inside.newest.newest(tmp_path, (".blend",)) == first


def test_a_folder_that_is_not_there_holds_nothing(inside: SimpleNamespace, tmp_path: Path) -> None:
    assert inside.newest.newest(tmp_path / "none", (".blend",)) is None


def test_a_project_is_the_one_whose_board_was_changed_last(inside: SimpleNamespace, tmp_path: Path) -> None:
    make(tmp_path, "one/one.kicad_pro", 5)
    two = make(tmp_path, "two/two.kicad_pro", 1)
    make(tmp_path, "two/two.kicad_pcb", 9)
    assert inside.start_kicad.project_find(tmp_path) == two


def test_a_sheet_of_another_name_belongs_to_the_project_beside_it(inside: SimpleNamespace, tmp_path: Path) -> None:
    project = make(tmp_path, "one/one.kicad_pro", 1)
    make(tmp_path, "one/power.kicad_sch", 9)
    assert inside.start_kicad.project_find(tmp_path) == project


def test_a_sheet_without_any_project_opens_the_project_there_is(inside: SimpleNamespace, tmp_path: Path) -> None:
    make(tmp_path, "loose.kicad_sch", 9)
    assert inside.start_kicad.project_find(tmp_path) is None
    project = make(tmp_path, "one/one.kicad_pro", 1)
    assert inside.start_kicad.project_find(tmp_path) == project


def test_an_empty_volume_gets_the_demo_and_no_other(inside: SimpleNamespace, tmp_path: Path) -> None:
    demo, root = tmp_path / "from" / "amp", tmp_path / "to"
    make(demo, "amp.kicad_pro", 1)
    root.mkdir()
    (root / ".bash_history").touch()
    assert inside.start_kicad.demo_copy(root, demo) == root / "amp" / "amp.kicad_pro"
    assert inside.start_kicad.project_find(root) == root / "amp" / "amp.kicad_pro"
    assert inside.start_kicad.demo_copy(root, demo) is None, "somebody's files are there"


def test_a_volume_that_cannot_be_written_gets_none(inside: SimpleNamespace, tmp_path: Path) -> None:
    (tmp_path / "to").mkdir()
    assert inside.start_kicad.demo_copy(tmp_path / "to", tmp_path / "missing") is None


def test_locks_of_a_killed_kicad_are_gone_and_all_else_it_keeps_is_not(inside: SimpleNamespace, tmp_path: Path) -> None:
    lock = make(tmp_path, "kicad_v6.0/_workspace_amp_amp.kicad_sch.lock", 1)
    kept = [make(tmp_path, name, 1) for name in ("kicad_v6.0/fonts", "other/package.lock")]
    inside.start_kicad.locks_remove(tmp_path)
    assert not lock.exists() and all(file.exists() for file in kept)


def test_blender_is_at_home_where_projects_are_and_keeps_its_own_where_it_was(inside: SimpleNamespace) -> None:
    around = inside.start_blender.surroundings({"HOME": "/home/coder", "PATH": "/bin", "XDG_CACHE_HOME": "/c"})
    assert around["HOME"] == "/workspace" and around["PATH"] == "/bin"
    assert (around["XDG_CONFIG_HOME"], around["XDG_CACHE_HOME"]) == ("/home/coder/.config", "/c")
