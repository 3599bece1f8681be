"""Whatever happens to the file between two looks: no command twice, and none that stayed is missed."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest import MonkeyPatch

from accounts.models import User
from tests.unit.workspaces.history.test_history_take_in import File, break_after
from workspaces import shell_history
from workspaces.models import HistoryMark, Kind, Workspace
from workspaces.shell_history import history_take_in
from workspaces.states import State

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.integers(1, 6)),
        st.tuples(st.just("keep the last"), st.integers(0, 5)),
        st.tuples(st.just("drop every"), st.integers(2, 4)),
        st.tuples(st.just("drop the last"), st.just(1)),
        st.tuples(st.just("empty"), st.booleans().map(int)),
        st.tuples(st.just("half a line"), st.just(0)),
        st.tuples(st.just("look"), st.just(0)),
        st.tuples(st.just("look, and the power goes"), st.integers(0, 5)),
    ),
    max_size=25,
)


@settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, timed=st.booleans())
def test_no_command_twice_and_none_missed(
    steps: list[tuple[str, int]], timed: bool, alice: User, code_server: Kind, monkeypatch: MonkeyPatch
) -> None:
    workspace = Workspace.objects.create(
        owner=alice, name=f"w{Workspace.objects.count()}", kind=code_server, memory_mb=512, cpus=1, state=State.RUNNING
    )
    file, written, number = File(), [], 0
    entries: list[str] = []

    def look(power: int | None = None) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(shell_history, "file_tail", file.tail)
            patch.setattr(shell_history, "PIECE", 4)
            patch.setattr(shell_history, "workspace_audit", lambda _a, _b, _c, **meta: pieces.append(meta["command"]))
            pieces: list[str] = []
            if power is not None:
                break_after(patch, power)
            try:
                with_pieces(pieces)
            except OSError:
                pass

    def with_pieces(pieces: list[str]) -> None:
        real = shell_history._write

        def write(*args: object) -> None:
            pieces.clear()
            real(*args)  # type: ignore[arg-type]
            written.extend(pieces)

        shell_history._write = write  # type: ignore[assignment]
        try:
            history_take_in(workspace.pk)
        finally:
            shell_history._write = real

    for what, amount in steps:
        if what == "append":
            for _ in range(amount):
                number += 1
                entries.append(f"#{1767225600 + number}\ncommand {number}\n" if timed else f"command {number}\n")
        elif what == "keep the last":
            entries = entries[-amount:] if amount else []
        elif what == "drop every":
            entries = [entry for place, entry in enumerate(entries) if place % amount]
        elif what == "drop the last":
            entries = entries[:-1]
        elif what == "empty":
            entries = []
        elif what == "half a line":
            file.content = "".join(entries).encode() + b"comm"
            look()
        file.content = "".join(entries).encode() if entries or what != "empty" or amount else None
        if what.startswith("look"):
            look(amount if what != "look" else None)
            if what == "look":
                in_file = {entry.splitlines()[-1] for entry in entries}
                assert in_file <= set(written)
        assert len(written) == len(set(written)), written
    HistoryMark.objects.all().delete()
