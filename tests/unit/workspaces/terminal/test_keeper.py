"""The keeper of shells, with real shells on real terminals of this machine."""

from __future__ import annotations

import ast
import hashlib
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.unit.workspaces.terminal.looking import PROMPT, Look, processes
from tests.waiting import eventually
from workspaces.inside.keeper import MOST_SHELLS, SLOW_SECONDS
from workspaces.inside.viewer import WINDOW_BYTES
from workspaces.terminal.program import INSIDE, MODULES

NewLook = Callable[..., Look]


@pytest.fixture
def look(tmp_path: Path) -> Iterator[NewLook]:
    """`look(name, size, takes)`: viewers of one keeper, which ends with the test."""
    looks: list[Look] = []

    def make(*arguments: object, **options: object) -> Look:
        looks.append(Look(tmp_path, *arguments, **options))  # type: ignore[arg-type]
        return looks[-1]

    yield make
    for pid in processes(tmp_path):
        os.kill(pid, signal.SIGKILL)
    for one in looks:
        one.leave()


def resident_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024


@pytest.mark.parametrize("module", MODULES)
def test_it_is_written_for_the_python_of_old_images_and_needs_nothing_else(module: str) -> None:
    tree = ast.parse((INSIDE / f"{module}.py").read_text(), feature_version=(3, 8))
    imported = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    ours = {f"workspaces.inside.{name}" for name in MODULES}
    assert {name for name in imported if name not in ours and name not in sys.stdlib_module_names} <= {
        "collections.abc"
    }


def test_a_shell_is_a_login_shell_on_a_terminal_of_the_size_asked_for(look: NewLook, tmp_path: Path) -> None:
    one = look(size=(132, 43))
    assert one.greeting == {"columns": 132, "rows": 43, "replay": 0, "new": True}
    one.sees(PROMPT)
    assert one.runs("stty size; shopt -q login_shell && echo login") == "43 132\r\nlogin"
    assert one.runs('pwd; echo "$TERM $COLORTERM $LANG $HISTFILE"') == (
        f"{tmp_path}\r\nxterm-256color truecolor C.UTF-8 {tmp_path}/.bash_history"
    )


def test_history_is_written_after_each_command(look: NewLook, tmp_path: Path) -> None:
    one = look()
    one.sees(PROMPT)
    one.runs("echo remembered")
    eventually(lambda: "echo remembered" in (tmp_path / ".bash_history").read_text(), "the command in the history", 5)


def test_who_comes_back_finds_the_same_shell_with_its_screen(look: NewLook) -> None:
    first = look()
    first.sees(PROMPT)
    first.runs("here=kept; echo 'Grüße – 世界'")
    first.leave()
    again = look(size=(100, 30))
    assert (again.greeting["new"], again.greeting["columns"]) == (False, 80)
    again.sees("Grüße – 世界")
    assert again.runs("echo $here") == "kept"


def test_a_process_that_is_killed_while_it_looks_leaves_the_shell_alone(look: NewLook) -> None:
    first = look()
    first.sees(PROMPT)
    first.runs("here=kept")
    first.process.kill()
    first.leave()
    assert look().runs("echo $here") == "kept"


def test_two_windows_show_the_same_and_both_type(look: NewLook) -> None:
    left = look()
    left.sees(PROMPT)
    right = look()
    left.type("echo from-the-left\n")
    right.sees("\r\nfrom-the-left\r\n")
    right.type("echo from-the-right\n")
    left.sees("\r\nfrom-the-right\r\n")


def test_the_window_that_was_typed_in_last_gives_the_size(look: NewLook) -> None:
    left, right = look(size=(80, 24)), look(size=(80, 24))
    left.sees(PROMPT)
    right.resize(120, 40)
    eventually(lambda: right.runs("stty size") == "40 120", "the size of the right window")
    left.resize(90, 20)
    eventually(lambda: left.runs("stty size") == "20 90", "the size of the left window")
    assert right.runs("stty size") == "40 120"


def test_only_the_window_that_leads_is_asked_questions(look: NewLook) -> None:
    left, right = look(), look()
    left.sees(PROMPT)
    right.greeting  # noqa: B018 - it has come in
    left.runs("printf 'A\\033[6nB\\n'")
    eventually(lambda: b"AB\r\n" in right.output, "the text without the question")
    assert b"A\x1b[6nB" in left.output


def test_terminals_have_names_and_everybody_hears_of_them(look: NewLook) -> None:
    one = look("one")
    one.sees(PROMPT)
    other = look("other")
    other.sees(PROMPT)
    one.runs("who=one")
    assert other.runs("echo [$who]") == "[]"
    eventually(lambda: one.news[-1]["terminals"] == ["one", "other"], "news of the second")
    one.wish(do="rename", name="one", to="build")
    eventually(lambda: other.news[-1]["terminals"] == ["build", "other"], "news of the new name")
    eventually(lambda: one.news[-1].get("renamed") == {"from": "one", "to": "build"}, "its own news of it")
    assert one.runs("echo [$who]") == "[one]"
    assert look("build").runs("echo [$who]") == "[one]"


def test_a_terminal_can_be_closed_although_its_program_does_not_want_to_end(look: NewLook) -> None:
    one, other = look("one"), look("other")
    one.sees(PROMPT)
    one.type("trap '' HUP; cat\n")
    one.sees("cat\r\n")
    other.wish(do="close", name="one")
    one.ends()
    eventually(lambda: "ended" in one.news[-1], "news of the end", 5)
    eventually(lambda: other.news[-1]["terminals"] == ["other"], "news of the end")


def test_the_end_of_a_shell_is_told_after_all_its_output(look: NewLook) -> None:
    one = look()
    one.sees(PROMPT)
    one.type("seq 1 100000; exit 7\n")
    one.ends()
    assert one.output.endswith(b"100000\r\nexit\r\n") or one.output.endswith(b"100000\r\nlogout\r\n")
    eventually(lambda: one.news[-1] == {"ended": 7}, "how it ended", 5)


def test_a_shell_ends_although_it_left_something_in_the_background(look: NewLook) -> None:
    one = look()
    one.sees(PROMPT)
    one.type("sleep 1000 & disown; exit\n")
    one.ends()


def test_the_keeper_ends_with_its_last_shell_and_another_starts(look: NewLook, tmp_path: Path) -> None:
    one = look()
    one.sees(PROMPT)
    assert len(processes(tmp_path)) == 1
    one.type("exit\n")
    one.ends()
    eventually(lambda: not processes(tmp_path), "no keeper", 15)
    look().sees(PROMPT)


def test_many_who_come_at_once_find_one_keeper(look: NewLook, tmp_path: Path) -> None:
    looks = [look(str(number % 4)) for number in range(12)]
    for one in looks:
        one.sees(PROMPT)
    assert len(processes(tmp_path)) == 1
    assert sorted(one.greeting["new"] for one in looks) == [False] * 8 + [True] * 4


def test_there_are_only_so_many_shells(look: NewLook) -> None:
    looks = [look(str(number)) for number in range(MOST_SHELLS)]
    for one in looks:
        one.sees(PROMPT)
    more = look("one too many")
    assert more.greeting == {"refused": "too_many"}
    more.ends()


def test_a_flood_arrives_whole(look: NewLook) -> None:
    one = look()
    one.sees(PROMPT)
    one.type("stty -echo -onlcr\n")
    one.type("seq 1 300000; echo finished\n")
    one.sees("finished\n", 60)
    at = one.output.index(b"1\n2\n3\n")
    expected = b"".join(b"%d\n" % number for number in range(1, 300_001))
    got = one.output[at : at + len(expected)]
    assert hashlib.sha256(got).digest() == hashlib.sha256(expected).digest()


def test_a_window_that_takes_nothing_stops_the_shell_and_costs_no_memory(look: NewLook, tmp_path: Path) -> None:
    one = look(takes=False)
    one.sees(PROMPT)
    one.take(len(one.output))
    one.type("yes\n")
    eventually(lambda: len(one.output) > WINDOW_BYTES, "a window full")
    [keeper] = processes(tmp_path)
    time.sleep(0.5)  # a shell that went on would print some hundred megabytes
    before, memory = len(one.output), resident_mb(keeper)
    time.sleep(0.5)
    assert len(one.output) == before < WINDOW_BYTES + 128 * 1024
    assert resident_mb(keeper) < memory + 1
    one.type("\x03")
    one.take(before)
    one.sees("^C")


def test_one_of_two_windows_that_takes_nothing_is_left_behind(look: NewLook) -> None:
    slow, quick = look(takes=False), look()
    quick.sees(PROMPT)
    slow.greeting  # noqa: B018 - it has come in
    quick.type("seq 1 500000; echo all-''of-it\n")
    quick.sees("all-of-it", SLOW_SECONDS + 20)
    slow.ends()
    assert {"dropped": "slow"} in slow.news
    assert look().runs("echo still here") == "still here"


def test_without_anybody_a_shell_goes_on(look: NewLook, tmp_path: Path) -> None:
    one = look(takes=False)
    one.sees(PROMPT)
    one.type(f"seq 1 300000; touch {tmp_path}/done\n")
    eventually(lambda: len(one.output) > WINDOW_BYTES, "a window full")
    assert not (tmp_path / "done").exists()
    one.leave()
    eventually((tmp_path / "done").exists, "the end of the command", 20)


def test_control_c_ends_a_flood_at_once(look: NewLook) -> None:
    one = look()
    one.sees(PROMPT)
    one.type("yes\n")
    eventually(lambda: len(one.output) > 5 * WINDOW_BYTES, "a flood")
    began = time.monotonic()
    one.type("\x03")
    one.sees("^C")
    assert time.monotonic() - began < 5  # generous on a busy machine; `make bench` measures


def test_a_large_paste_arrives_whole(look: NewLook, tmp_path: Path) -> None:
    one = look()
    one.sees(PROMPT)
    text = "".join(f"line {number}\n" for number in range(20_000))
    one.type(f"stty -echo; cat > {tmp_path}/pasted\n")
    one.sees("pasted\r\n")
    for at in range(0, len(text), 30_000):
        one.type(text[at : at + 30_000])
    one.type("\x04")
    pasted = tmp_path / "pasted"
    eventually(lambda: pasted.exists() and pasted.read_text() == text, "the whole text", 60)


def test_a_program_that_is_waited_for_makes_its_terminal_busy(look: NewLook) -> None:
    one = look()
    one.sees(PROMPT)
    one.type("sleep 1000\n")
    eventually(lambda: one.news[-1]["busy"], "busy")
    one.type("\x03")
    eventually(lambda: not one.news[-1]["busy"], "idle")


def test_rubbish_from_a_viewer_ends_only_that_viewer(look: NewLook) -> None:
    one = look()
    one.sees(PROMPT)
    one.runs("here=kept")
    for rubbish in (b"\xff" * 4096, b"\x01\x00\x00\x00\x01x", b"\x03\x00\x00\x00\x02[]", b"\x03\x00\x00\x00\x02{}"):
        bad = look()
        bad.greeting  # noqa: B018 - it has come in
        bad.pipe.write(rubbish)
        bad.pipe.flush()
        bad.ends()
    assert one.runs("echo $here") == "kept"


def test_a_folder_of_somebody_else_is_not_used(look: NewLook, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "run").symlink_to(tmp_path / "elsewhere")
    one = look()
    one.ends()
    assert one.output == b""
    assert any("belongs to somebody else" in news.get("trouble", "") for news in one.news)
