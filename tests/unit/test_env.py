"""Reading settings from the environment, and the secret that is made once."""

from __future__ import annotations

import stat
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from spaces_site.env import SETTINGS, BadSetting, Env, kept_secret


def test_an_unset_setting_has_its_default() -> None:
    env = Env({})
    assert {setting.name: env.text(setting.name) for setting in SETTINGS} == {s.name: s.default for s in SETTINGS}


def test_an_empty_value_counts_as_unset() -> None:
    assert Env({"PORT": "  "}).integer("PORT") == 8000


def test_an_older_name_is_understood() -> None:
    assert Env({"PG_CONNECTION_STRING": "postgres://old"}).text("DATABASE_URL") == "postgres://old"
    assert Env({"CLAWDSPACE_AUTH_DISABLED": "yes"}).flag("SPACES_AUTH_DISABLED") is True


def test_the_name_itself_wins_over_an_older_one() -> None:
    assert Env({"PG_CONNECTION_STRING": "old", "DATABASE_URL": "new"}).text("DATABASE_URL") == "new"
    assert Env({"PG_CONNECTION_STRING": "old", "DATABASE_URL": ""}).text("DATABASE_URL") == "old"


def test_no_two_settings_share_a_name() -> None:
    names = [name for setting in SETTINGS for name in (setting.name, *setting.aliases)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("value", "expected"), [("TRUE", True), ("1", True), ("on", True), ("No", False), ("0", False)]
)
def test_a_flag_takes_the_usual_words(value: str, expected: bool) -> None:
    assert Env({"SPACES_DEBUG": value}).flag("SPACES_DEBUG") is expected


@pytest.mark.parametrize(
    ("read", "name", "value"),
    [
        (Env.flag, "SPACES_DEBUG", "perhaps"),
        (Env.integer, "PORT", "80a"),
        (Env.integer, "PORT", "0"),
        (Env.integer, "PORT", "-1"),
        (Env.integer, "PORT", "1.5"),
        (Env.number, "CPU_PER_WORKSPACE", "0"),
        (Env.number, "CPU_PER_WORKSPACE", "-2"),
        (Env.number, "CPU_PER_WORKSPACE", "nan"),
        (Env.number, "CPU_PER_WORKSPACE", "inf"),
        (Env.number, "CPU_PER_WORKSPACE", "two"),
    ],
)
def test_a_bad_value_is_refused_by_name(read: Callable[[Env, str], object], name: str, value: str) -> None:
    with pytest.raises(BadSetting, match=name):
        read(Env({name: value}), name)


def test_an_integer_has_a_minimum_of_its_own() -> None:
    with pytest.raises(BadSetting, match="64"):
        Env({"MEMORY_PER_WORKSPACE_MB": "63"}).integer("MEMORY_PER_WORKSPACE_MB", 64)


def test_a_secret_is_made_once_and_kept(tmp_path: Path) -> None:
    first = kept_secret(tmp_path / "new" / "folder", "key")
    assert len(first) >= 50
    assert kept_secret(tmp_path / "new" / "folder", "key") == first


def test_only_its_owner_can_read_a_secret(tmp_path: Path) -> None:
    kept_secret(tmp_path, "key")
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600


def test_many_processes_that_start_together_agree_on_one_secret(tmp_path: Path) -> None:
    contenders = 16
    for attempt in range(20):
        barrier = threading.Barrier(contenders)
        with ThreadPoolExecutor(contenders) as pool:
            futures = [pool.submit(_contend, barrier, tmp_path, f"key{attempt}") for _ in range(contenders)]
            found = [future.result() for future in futures]
        assert len(set(found)) == 1
        assert len(found[0]) >= 50


def _contend(barrier: threading.Barrier, folder: Path, name: str) -> str:
    barrier.wait()
    return kept_secret(folder, name)
