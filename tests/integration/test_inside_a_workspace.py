"""Commands and statistics of workspaces on the real engine: what the engine in memory only claims."""

from __future__ import annotations

import threading
import time

import pytest

from accounts.actors import Actor
from spaces_site.errors import Conflict
from tests.waiting import eventually
from tests.workspaces_fixtures import work_until_settled
from workspaces import commands
from workspaces.commands import command_run
from workspaces.engine import get_engine
from workspaces.models import Workspace
from workspaces.services import workspace_pause, workspace_stop
from workspaces.stats import Process, Stats, observability_of, processes_of, sampling, stats_of
from workspaces.stats.processes import processes_forget

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
BUSY = """
import time
began, used = time.monotonic(), time.process_time()
while time.monotonic() < began + 5:
    pass
print(100 * (time.process_time() - used) / (time.monotonic() - began))
"""


def fresh(actor: Actor, workspace: Workspace) -> Stats:
    sampling.stats_forget()
    return stats_of(actor, workspace)


def left(actor: Actor, workspace: Workspace, what: str) -> int:
    """How many processes of the workspace have `what` in their command line."""
    counted = command_run(actor, workspace, ["sh", "-c", f"ps -eo args | grep -c '^{what}'"])
    return int(counted.stdout)


def test_a_command_runs_in_its_folder_as_its_user_with_its_streams_apart(actor: Actor, workspace: Workspace) -> None:
    answer = command_run(actor, workspace, "pwd; id -un; echo wrong >&2; shopt -q login_shell && echo login; exit 7")
    assert (answer.stdout, answer.stderr, answer.exit_code) == ("/workspace\ncoder\nlogin\n", "wrong\n", 7)
    assert command_run(actor, workspace, ["printf", "%s|", "a b", "$HOME", "*"]).stdout == "a b|$HOME|*|"
    assert command_run(actor, workspace, "cat").exit_code == 0, "its input is at its end"


def test_a_program_that_is_not_there_is_no_error(actor: Actor, workspace: Workspace) -> None:
    shell = command_run(actor, workspace, "no-such-program")
    assert (shell.exit_code, "no-such-program" in shell.stderr) == (127, True)
    plain = command_run(actor, workspace, ["no-such-program"])
    assert plain.exit_code in (126, 127)
    assert "no-such-program" in plain.stdout + plain.stderr


def test_a_long_text_and_a_long_list_are_run(actor: Actor, workspace: Workspace) -> None:
    text = "x" * 60_000
    assert command_run(actor, workspace, f"echo {text} | wc -c").stdout.strip() == "60001"
    assert command_run(actor, workspace, ["sh", "-c", "echo $#", "sh", *["x"] * 20_000]).stdout.strip() == "20000"


def test_the_time_limit_ends_all_that_was_started(actor: Actor, workspace: Workspace) -> None:
    began = time.monotonic()
    answer = command_run(
        actor, workspace, "setsid sleep 731 & (sleep 732 &) ; echo so far; sleep 733", timeout_seconds=1
    )
    assert time.monotonic() - began < 10
    assert (answer.exit_code, answer.timed_out, answer.stdout) == (124, True, "so far\n")
    assert answer.stderr.endswith("[ended: the time limit of 1 s was reached]\n")
    assert left(actor, workspace, "sleep 73") == 0


def test_output_without_end_is_cut(actor: Actor, workspace: Workspace) -> None:
    answer = command_run(actor, workspace, "head -c 5000000 /dev/zero | tr '\\0' x; echo fine >&2; exit 3")
    assert (answer.cut, answer.exit_code, answer.stderr) == (True, 3, "fine\n")
    assert answer.stdout == "x" * 1024**2 + "\n[output cut at 1 MiB]\n"


def test_a_paused_one_is_resumed_and_a_stopped_one_is_not_started(
    actor: Actor, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace_pause(actor, workspace)
    work_until_settled()
    # The work is a worker's, which here is this very thread while the command waits for it.
    monkeypatch.setattr(commands, "operation_wait", lambda _workspace, _seconds: work_until_settled())
    assert command_run(actor, workspace, "echo awake").stdout == "awake\n"
    workspace_stop(actor, workspace)
    work_until_settled()
    with pytest.raises(Conflict) as raised:
        command_run(actor, workspace, "echo awake")
    assert raised.value.code == "NOT_RUNNING"


def test_a_busy_loop_is_seen_as_what_it_gets(actor: Actor, workspace: Workspace) -> None:
    idle = fresh(actor, workspace)
    assert 0 < idle.pids < 64
    assert idle.memory_limit_bytes == 256 * 1024**2
    got: list[float] = []
    worker = threading.Thread(target=lambda: got.append(float(run_beside(workspace, ["python3", "-c", BUSY]))))
    worker.start()
    eventually(lambda: any("monotonic" in one.command for one in asked_anew(workspace)), "it is listed", 5)
    fresh(actor, workspace)
    time.sleep(2.5)  # the span that is measured, in which the loop does nothing else
    seen = stats_of(actor, workspace).cpu_percent
    worker.join()
    # On a machine with other work a loop gets less than a core, and it says itself how much.
    assert abs(seen - got[0]) < 25
    assert idle.cpu_percent + 10 < seen < 130


def asked_anew(workspace: Workspace) -> list[Process]:
    processes_forget()
    return processes_of(workspace)


def test_memory_that_is_taken_is_seen(actor: Actor, workspace: Workspace) -> None:
    before = fresh(actor, workspace).memory_usage_bytes
    take = ["python3", "-c", "import time; x = bytearray(100_000_000); time.sleep(5)"]
    worker = threading.Thread(target=run_beside, args=(workspace, take))
    worker.start()
    try:
        eventually(lambda: fresh(actor, workspace).memory_usage_bytes > before + 90_000_000, "100 MB are seen", 5)
    finally:
        worker.join()


def run_beside(workspace: Workspace, argv: list[str]) -> str:
    """What a program prints that runs beside the test; without the database, whose transaction is the test's."""
    return get_engine().exec(workspace.engine_name, argv, timeout_seconds=20).stdout.decode()


def test_a_paused_one_keeps_its_memory_and_a_stopped_one_uses_nothing(actor: Actor, workspace: Workspace) -> None:
    workspace_pause(actor, workspace)
    work_until_settled()
    paused = fresh(actor, workspace)
    assert paused.memory_usage_bytes > 0
    assert paused.cpu_percent < 1
    workspace_stop(actor, workspace)
    work_until_settled()
    assert fresh(actor, workspace) == Stats()


def test_what_can_be_seen_of_it(actor: Actor, workspace: Workspace) -> None:
    command_run(
        actor, workspace, "printf '#1700000000\\nls -l\\n' > .bash_history; head -c 5000000 /dev/zero > big; sleep 1"
    )
    seen = observability_of(actor, workspace)
    assert seen.bash_history_tail == ["ls -l"]
    assert seen.workspace_size_bytes and 5_000_000 <= seen.workspace_size_bytes < 6_000_000
    assert seen.workspace_disk and 0 < seen.workspace_disk.used_bytes < seen.workspace_disk.total_bytes
    assert seen.top and not any("ps -eo" in one.command for one in seen.top)
    workspace_stop(actor, workspace)
    work_until_settled()
    stopped = observability_of(actor, workspace)
    assert (stopped.stats, stopped.top, stopped.bash_history_tail) == (Stats(), [], ["ls -l"])


def test_looking_again_and_again_waits_for_no_engine(actor: Actor, workspace: Workspace) -> None:
    fresh(actor, workspace)
    began = time.monotonic()
    for _ in range(20):
        get_engine().usage(workspace.engine_name)
    assert time.monotonic() - began < 5, "the engine itself would take up to a second for each"
