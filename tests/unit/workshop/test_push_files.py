"""Pushing files to seats: what was changed there is never lost, and what is done is not done again."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import AuditEvent, User
from spaces_site.errors import Conflict, Invalid, NotFound, Unavailable
from tests.files_fixtures import VolumeOf
from tests.workshop_fixtures import MakeWorkshop
from tests.workspaces_fixtures import Work
from workshop.models import Push, PushResult, Seat, Workshop
from workshop.pushing import pushes_resend, result_perform
from workshop.pushing.sending import FILES_KEPT, SILENT
from workshop.services.pushing import push_command, push_files, push_retry, push_undo
from workspaces import engine_state
from workspaces.engine.base import EngineError, EngineUnavailable
from workspaces.engine.fake import FakeEngine
from workspaces.engine.faults import Killed
from workspaces.models import Kind, Operation
from workspaces.services import workspace_stop
from workspaces.states import State

pytestmark = pytest.mark.django_db


def perform_all(push: Push, rounds: int = 30) -> Push:
    """Be the worker until nothing is open, without waiting for pauses between attempts."""
    for _round in range(rounds):
        waiting = list(PushResult.objects.filter(push=push, state="waiting").values_list("pk", flat=True))
        if not waiting:
            return push
        for result_id in waiting:
            result_perform(result_id)
    raise AssertionError(list(PushResult.objects.filter(push=push).values()))


def states(push: Push) -> list[str]:
    return list(push.results.order_by("seat__number").values_list("state", flat=True))


def outcomes(push: Push, number: int = 1) -> dict[str, str]:
    return {entry["path"]: entry["outcome"] for entry in push.results.get(seat__number=number).files}


class Class:
    """A workshop of three seats, their folders, and who leads it."""

    def __init__(self, workshop: Workshop, lena: User, volume_of: VolumeOf) -> None:
        self.workshop, self.actor = workshop, Actor(lena, "browser")
        self._volume_of = volume_of

    def seat(self, number: int) -> Seat:
        return Seat.objects.select_related("workspace").get(workshop=self.workshop, number=number)

    def folder(self, number: int = 1) -> Path:
        workspace = self.seat(number).workspace
        assert workspace
        return self._volume_of(workspace)

    def prepared(self, path: str, text: str) -> None:
        """Every seat was made with this file in it."""
        for number in (1, 2, 3):
            target = self.folder(number) / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
        Operation.objects.filter(verb="clone").update(finished_at=timezone.now() + timedelta(milliseconds=20))
        later = timezone.now() + timedelta(milliseconds=30)
        while timezone.now() < later:  # what is written from now on is later than that by the clock of files too
            pass

    def push(self, files: dict[str, str], **options: object) -> Push:
        sent = {path: text.encode() for path, text in files.items()}
        return perform_all(push_files(self.actor, self.workshop, files=sent, **options))  # type: ignore[arg-type]

    def undo(self, push: Push) -> Push:
        return perform_all(push_undo(self.actor, push))

    def there(self, number: int = 1) -> dict[str, str]:
        folder = self.folder(number)
        return {str(one.relative_to(folder)): one.read_text() for one in folder.rglob("*") if one.is_file()}


@pytest.fixture
def course(make_workshop: MakeWorkshop, lena: User, volume_of: VolumeOf) -> Class:
    return Class(make_workshop(lena), lena, volume_of)


def test_files_are_at_every_seat_asleep_or_not(course: Class, work: Work) -> None:
    stopped = course.seat(2).workspace
    assert stopped
    workspace_stop(course.actor, stopped)
    work()
    push = course.push({"a.py": "one", "data/b.csv": "two"}, folder="/workspace/day 1/")
    assert states(push) == ["done"] * 3
    for number in (1, 2, 3):
        assert course.there(number) == {"day 1/a.py": "one", "day 1/data/b.csv": "two"}
    assert outcomes(push) == {"day 1/a.py": "written", "day 1/data/b.csv": "written"}
    assert course.seat(2).workspace.state == State.STOPPED  # type: ignore[union-attr]
    event = AuditEvent.objects.get(action="workshop.push")
    assert event.meta["workshop"] == "python" and event.meta["seats"] == 3
    assert "one" not in str(event.meta)
    assert AuditEvent.objects.filter(action="file.sync").count() == 3


@pytest.mark.parametrize(
    ("folder", "inside"),
    [("", "a"), ("/", "a"), ("/workspace", "a"), ("/workspace/x/", "x/a"), ("/workspaces", "workspaces/a"),
     ("workspace", "workspace/a"), (" x//y ", "x/y/a")],
)  # fmt: skip
def test_a_folder_is_below_workspace_however_it_is_written(course: Class, folder: str, inside: str) -> None:
    assert push_files(course.actor, course.workshop, files={"a": b""}, folder=folder).file_names == [inside]


@pytest.mark.parametrize(
    ("folder", "inside"), [("/config/x/", "x/a"), ("/config", "a"), ("/workspace/x", "workspace/x/a")]
)
def test_where_the_data_is_elsewhere_it_is_below_that(course: Class, folder: str, inside: str) -> None:
    Kind.objects.update(data_path="/config")
    assert push_files(course.actor, course.workshop, files={"a": b""}, folder=folder).file_names == [inside]


def test_what_was_prepared_and_nobody_changed_is_written_over(course: Class) -> None:
    course.prepared("a.py", "prepared")
    push = course.push({"a.py": "better"})
    assert course.there() == {"a.py": "better"}
    assert outcomes(push) == {"a.py": "written"}


def test_what_the_leader_put_there_before_is_written_over(course: Class) -> None:
    course.push({"a.py": "one"})
    push = course.push({"a.py": "two"})
    assert course.there() == {"a.py": "two"}
    course.undo(push)
    assert course.there() == {"a.py": "one"}


def test_what_a_participant_changed_stays_and_the_new_one_is_beside_it(course: Class) -> None:
    course.prepared("a.py", "prepared")
    (course.folder() / "a.py").write_text("mine")
    push = course.push({"a.py": "better"})
    assert course.there(1) == {"a.py": "mine", "a (from the leader).py": "better"}
    assert course.there(2) == {"a.py": "better"}
    assert push.results.get(seat__number=1).files[0]["at"] == "a (from the leader).py"
    again = course.push({"a.py": "better"})
    assert outcomes(again) == {"a.py": "same"}
    course.push({"a.py": "best"})
    assert course.there(1) == {
        "a.py": "mine", "a (from the leader).py": "better", "a (from the leader 2).py": "best",
    }  # fmt: skip


def test_a_change_with_an_old_time_is_a_change(course: Class) -> None:
    course.prepared("a.py", "prepared")
    target = course.folder() / "a.py"
    target.write_text("mine")
    os.utime(target, (0, 0))
    course.push({"a.py": "better"})
    assert target.read_text() == "mine"


def test_theirs_is_left_alone_when_that_is_wished(course: Class) -> None:
    (course.folder() / "a.py").write_text("mine")
    push = course.push({"a.py": "better"}, existing="keep")
    assert course.there() == {"a.py": "mine"}
    assert outcomes(push) == {"a.py": "kept"} and states(push) == ["done"] * 3


def test_theirs_is_kept_under_another_name_when_it_is_replaced(course: Class) -> None:
    (course.folder() / "a.py").write_text("mine")
    push = course.push({"a.py": "better"}, existing="replace")
    when = timezone.localtime(push.created_at).strftime("%H-%M")
    assert course.there() == {"a.py": "better", f"a (mine, {when}).py": "mine"}


def test_a_link_that_they_made_is_theirs_and_is_not_followed(course: Class, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("secret")
    (course.folder() / "a.py").symlink_to(outside)
    (course.folder() / "out").symlink_to(tmp_path)
    push = course.push({"a.py": "better", "out/x": "x"})
    assert outside.read_text() == "secret" and not (tmp_path / "x").exists()
    assert (course.folder() / "a.py").is_symlink()
    assert outcomes(push) == {"a.py": "beside", "out/x": "failed"}
    assert push.results.get(seat__number=1).files[1]["why"] == "OUTSIDE"
    assert states(push) == ["partly", "done", "done"]


def test_a_file_where_a_folder_should_be_fails_alone(course: Class) -> None:
    (course.folder() / "data").write_text("theirs")
    push = course.push({"data/b.csv": "two", "a.py": "one"})
    assert outcomes(push) == {"data/b.csv": "failed", "a.py": "written"}
    assert course.there(1) == {"data": "theirs", "a.py": "one"}
    (course.folder() / "data").unlink()
    assert push_retry(course.actor, push) == 1
    perform_all(push)
    assert states(push) == ["done"] * 3 and course.there(1) == {"data/b.csv": "two", "a.py": "one"}


def test_undoing_leaves_it_as_it_was(course: Class) -> None:
    course.prepared("p.py", "prepared")
    (course.folder(1) / "theirs.py").write_text("mine")
    before = course.there(1), course.there(2)
    push = course.push({"p.py": "p2", "theirs.py": "new", "deep/er/c.py": "c"}, existing="replace")
    undo = course.undo(push)
    assert states(undo) == ["done"] * 3
    assert (course.there(1), course.there(2)) == before
    assert not (course.folder() / "deep").exists()
    assert push_undo(course.actor, push) == undo
    assert AuditEvent.objects.filter(action="workshop.push_undone").count() == 1


def test_undoing_leaves_alone_what_was_changed_since_and_says_so(course: Class) -> None:
    push = course.push({"a.py": "one", "b.py": "two"})
    (course.folder() / "a.py").write_text("one and mine")
    undo = course.undo(push)
    assert states(undo) == ["partly", "done", "done"]
    assert outcomes(undo) == {"a.py": "left", "b.py": "undone"}
    assert course.there(1) == {"a.py": "one and mine"} and course.there(2) == {}


def test_a_command_and_a_push_that_changed_nothing_cannot_be_undone(course: Class) -> None:
    with pytest.raises(Invalid) as error:
        push_undo(course.actor, push_command(course.actor, course.workshop, command="true"))
    assert error.value.code == "PUSH_NOT_FILES"
    for number in (1, 2, 3):
        (course.folder(number) / "a").write_text("x")
    with pytest.raises(Conflict) as conflict:
        push_undo(course.actor, course.push({"a": "x"}))
    assert conflict.value.code == "PUSH_NOTHING"


def test_the_engine_refuses_one_seat_and_the_others_are_done(course: Class, engine: FakeEngine) -> None:
    push = push_files(course.actor, course.workshop, files={"a": b"x"})
    ordinary, victim = engine.exec_stream, course.seat(2).workspace
    assert victim

    def refuse(name: str, *args: object, **options: object) -> object:
        if name.startswith(victim.engine_name):
            raise EngineError("no space left on device")
        return ordinary(name, *args, **options)  # type: ignore[arg-type]

    engine.exec_stream = refuse  # type: ignore[method-assign, assignment]
    perform_all(push)
    engine.exec_stream = ordinary  # type: ignore[method-assign]
    assert states(push) == ["done", "failed", "done"]
    result = push.results.get(seat__number=2)
    assert result.problem == "ENGINE_REFUSED: no space left on device" and result.attempts == 3
    assert push_retry(course.actor, push) == 1
    assert states(perform_all(push)) == ["done"] * 3


def test_an_engine_that_is_away_is_waited_for(course: Class, engine: FakeEngine) -> None:
    push = push_files(course.actor, course.workshop, files={"a": b"x"})
    engine.down = True
    first = push.results.order_by("seat__number")[0]
    result_perform(first.pk)
    first.refresh_from_db()
    assert first.state == "waiting" and first.problem.startswith("ENGINE_SILENT")
    engine_state.engine_forget()
    with pytest.raises(Unavailable):
        push_files(course.actor, course.workshop, files={"a": b"x"})
    engine.down = False
    engine_state.engine_forget()
    assert states(perform_all(push)) == ["done"] * 3


@pytest.mark.parametrize("existing", ["beside", "replace"])
@pytest.mark.parametrize("at", range(8))
def test_a_worker_that_is_killed_anywhere_loses_and_doubles_nothing(
    course: Class, engine: FakeEngine, existing: str, at: int
) -> None:
    course.prepared("p.py", "prepared")
    (course.folder() / "a.py").write_text("mine")
    push = push_files(
        course.actor, course.workshop, files={"p.py": b"p2", "a.py": b"new", "n.py": b"n"}, existing=existing, seats=[1]
    )
    result = push.results.get()
    engine.forget()
    engine.kill_at = (at // 2, bool(at % 2))
    with suppress(Killed):
        result_perform(result.pk)
    engine.forget()
    PushResult.objects.filter(state="running").update(started_at=timezone.now() - SILENT - timedelta(seconds=1))
    assert pushes_resend() == (0 if PushResult.objects.get().state == "done" else 1)
    result_perform(result.pk)
    assert states(push) == ["done"]
    there = course.there()
    assert there["p.py"] == "p2" and there["n.py"] == "n" and len(there) == 4
    assert {there["a.py"], *there.values()} == {"mine", "new", "p2", "n"}
    course.undo(push)
    assert course.there() == {"p.py": "prepared", "a.py": "mine"}


def test_what_is_done_is_not_done_again(course: Class, engine: FakeEngine) -> None:
    push = course.push({"a": "x"})
    asked = len(engine.execs)
    for result in push.results.all():
        result_perform(result.pk)
    assert len(engine.execs) == asked and pushes_resend() == 0


def test_a_file_that_is_changed_between_the_look_and_the_deed_is_theirs(
    course: Class, engine: FakeEngine
) -> None:
    course.prepared("a.py", "prepared")
    ordinary = engine.exec_stream

    def meanwhile(name: str, argv: list[str], **options: object) -> object:
        if argv[-1] == "seat-apply" and "mine" not in (course.folder() / "a.py").read_text():
            (course.folder() / "a.py").write_text("mine")
        return ordinary(name, argv, **options)  # type: ignore[arg-type]

    engine.exec_stream = meanwhile  # type: ignore[method-assign, assignment]
    push = course.push({"a.py": "new"}, seats=[1])
    engine.exec_stream = ordinary  # type: ignore[method-assign]
    assert course.there() == {"a.py": "mine", "a (from the leader).py": "new"}
    assert outcomes(push) == {"a.py": "beside"}


def test_a_seat_without_a_workspace_says_so(course: Class) -> None:
    Seat.objects.filter(number=2).update(workspace=None)
    push = course.push({"a": "x"})
    assert states(push) == ["done", "failed", "done"]
    assert push.results.get(seat__number=2).problem == "NO_WORKSPACE"


@pytest.mark.parametrize(
    ("files", "options", "code"),
    [
        ({}, {}, "PUSH_EMPTY"),
        ({"a": bytes(25 * 2**20)}, {}, "PUSH_TOO_LARGE"),
        ({str(n): b"" for n in range(501)}, {}, "PUSH_TOO_MANY"),
        ({"../a": b""}, {}, "PATH_OUTSIDE"),
        ({"a/../../b": b""}, {}, "PATH_OUTSIDE"),
        ({"b\\..\\..\\a": b""}, {}, "PATH_OUTSIDE"),
        ({"a/../b": b""}, {}, "PATH_OUTSIDE"),
        ({"\0": b""}, {}, "PATH_INVALID"),
        ({"\udc80": b""}, {}, "PATH_INVALID"),
        ({"/": b""}, {}, "PATH_INVALID"),
        ({"a": b""}, {"folder": ".."}, "PATH_OUTSIDE"),
        ({"a": b""}, {"folder": "x" * 256}, "PATH_INVALID"),
        ({"a": b""}, {"seats": [9]}, "SEATS_UNKNOWN"),
        ({"a": b""}, {"seats": []}, "SEATS_NONE"),
        ({"a": b""}, {"seats": "claimed"}, "SEATS_NONE"),
        ({"a": b""}, {"existing": "overwrite"}, "PUSH_EXISTING"),
    ],
)
def test_what_cannot_be_pushed_is_refused_before_anything_is_written(
    course: Class, files: dict[str, bytes], options: dict[str, object], code: str
) -> None:
    with pytest.raises(Invalid) as error:
        push_files(course.actor, course.workshop, files=files, **options)  # type: ignore[arg-type]
    assert error.value.code == code
    assert not Push.objects.exists()


@pytest.mark.parametrize("ask", [
    lambda actor, push: push_files(actor, push.workshop, files={"a": b""}),
    lambda actor, push: push_command(actor, push.workshop, command="true"),
    push_undo,
    push_retry,
])  # fmt: skip
def test_for_others_there_is_no_such_workshop(
    course: Class, alice: User, guest: User, ask: Callable[[Actor, Push], object]
) -> None:
    push = course.push({"a": "x"})
    for stranger in (alice, guest):
        with pytest.raises(NotFound):
            ask(Actor(stranger, "browser"), push)
    assert Push.objects.count() == 1


def test_staff_may_push_to_somebody_elses_workshop(course: Class, root: User) -> None:
    assert push_files(Actor(root, "browser"), course.workshop, files={"a": b"x"}).actor == root


def test_only_so_many_are_under_way_at_once(course: Class) -> None:
    for _number in range(5):
        push_files(course.actor, course.workshop, files={"a": b"x"})
    with pytest.raises(Conflict) as error:
        push_files(course.actor, course.workshop, files={"a": b"x"})
    assert error.value.code == "PUSHES_OPEN"


def test_contents_are_sealed_and_go_after_a_week(course: Class) -> None:
    course.prepared("a.py", "prepared")
    push = course.push({"a.py": "private words"})
    push.refresh_from_db()
    assert push.files_sealed and "private" not in push.files_sealed
    Push.objects.update(created_at=timezone.now() - FILES_KEPT - timedelta(seconds=1))
    pushes_resend()
    push.refresh_from_db()
    assert push.files_sealed == "" and push.results.get(seat__number=1).output == ""
    PushResult.objects.filter(seat__number=1).update(state="failed")
    with pytest.raises(Conflict) as error:
        push_retry(course.actor, push)
    assert error.value.code == "PUSH_FORGOTTEN"
    assert outcomes(course.undo(push)) == {"a.py": "left"}


def test_an_unavailable_engine_at_last_is_a_failure(course: Class, engine: FakeEngine) -> None:
    push = push_files(course.actor, course.workshop, files={"a": b"x"}, seats=[1])
    engine.exec_stream = lambda *_a, **_o: (_ for _ in ()).throw(EngineUnavailable("gone"))  # type: ignore
    perform_all(push)
    assert states(push) == ["failed"]
    assert push.results.get().problem == "ENGINE_SILENT: gone"
