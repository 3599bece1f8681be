"""The stages that all seats of a rehearsal go through together. Each does what can be done now and says when to come
again; each is safe to begin anew.

A result, of which the row has one for each seat, holds `id`, `name`, `stage` and what was measured: `made_ms`,
`answer_ms`, `wake_ms`, `exit_code`, `output`, `memory_bytes`, `disk_bytes`; or a `problem`, and then nothing more is
done with it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from accounts.actors import SYSTEM, Actor
from accounts.guests import GUEST_DOMAIN
from accounts.models import User
from spaces_site.errors import SpacesError
from workshop.models import Rehearsal
from workshop.rehearsing.measuring import checked_all
from workshop.rehearsing.visiting import visit_all
from workspaces.models import Operation, Workspace
from workspaces.services import workspace_pause
from workspaces.states import UNSETTLED, State, Verb

STAGES = ("make", "open", "pause", "wake", "check", "done")
SOON, LATER = 0.2, 1.0
CHECKED_AT_ONCE = 4
GUESTS = "guest-rehearsal-"
"""Beginning of the addresses of those who visit."""
Result = dict[str, Any]


def stage_go_on(rehearsal: Rehearsal) -> float | None:
    """Afterwards `rehearsal.results` say how far its seats are; seconds until there is more to do, None for never."""
    stage = min((STAGES.index(one["stage"]) for one in rehearsal.results), default=STAGES.index("done"))
    if STAGES[stage] == "done":
        return None
    mine = [one for one in rehearsal.results if one["stage"] == STAGES[stage]]
    return _DO[STAGES[stage]](rehearsal, mine, _workspaces(mine))


def percent_of(rehearsal: Rehearsal) -> int:
    """How far all seats are, 0–100."""
    steps = sum(STAGES.index(one["stage"]) for one in rehearsal.results)
    return 100 * steps // max(1, len(rehearsal.results) * (len(STAGES) - 1))


def guest_address(rehearsal: Rehearsal) -> str:
    """The address of the account that visits its seats, by which it is found again."""
    return f"{GUESTS}{rehearsal.pk}@{GUEST_DOMAIN}"


def failed(one: Result, problem: str) -> None:
    """Nothing more is done with it."""
    one |= {"problem": problem, "stage": "done"}


def _workspaces(results: list[Result]) -> dict[str, Workspace]:
    ids = [one["id"] for one in results]
    return {one.public_id: one for one in Workspace.objects.filter(public_id__in=ids).select_related("kind", "owner")}


def _make(rehearsal: Rehearsal, mine: list[Result], workspaces: dict[str, Workspace]) -> float:
    for one in mine:
        workspace = workspaces.get(one["id"])
        if workspace is None:
            failed(one, "GONE")
        elif workspace.state == State.RUNNING:
            one |= {"made_ms": _made_ms(workspace), "stage": "open"}
        elif workspace.state not in UNSETTLED:
            failed(one, f"NOT_MADE: {workspace.error or workspace.state}")
    return LATER if any(one["stage"] == "make" for one in mine) else SOON


def _made_ms(workspace: Workspace) -> int | None:
    operation = Operation.objects.filter(workspace=workspace, verb=Verb.CLONE).first()
    if operation is None or operation.finished_at is None:
        return None
    return round((operation.finished_at - operation.created_at).total_seconds() * 1000)


def _visit(rehearsal: Rehearsal, mine: list[Result], workspaces: dict[str, Workspace], name: str, then: str) -> float:
    guest = User.objects.filter(email=guest_address(rehearsal)).first()
    actor = Actor(guest, "browser")
    visits = visit_all(actor, list(workspaces.values())) if guest else {}
    for one in mine:
        visited = visits.get(one["id"])
        if visited is None:
            failed(one, "GONE")
        elif visited.ms is None:
            failed(one, visited.problem)
        else:
            one |= {name: visited.ms, "stage": then}
    return SOON


def _open(rehearsal: Rehearsal, mine: list[Result], workspaces: dict[str, Workspace]) -> float:
    return _visit(rehearsal, mine, workspaces, "answer_ms", "pause")


def _pause(rehearsal: Rehearsal, mine: list[Result], workspaces: dict[str, Workspace]) -> float:
    for one in mine:
        workspace = workspaces.get(one["id"])
        if workspace is None or workspace.state in (State.STOPPED, State.ERROR, State.DELETING):
            failed(one, "ENDED")
        elif workspace.state == State.PAUSED:
            one["stage"] = "wake"
        elif workspace.state == State.RUNNING:
            try:
                workspace_pause(SYSTEM, workspace, password=None)
            except SpacesError as error:
                failed(one, f"ENGINE: {error.message}")
    return SOON


def _wake(rehearsal: Rehearsal, mine: list[Result], workspaces: dict[str, Workspace]) -> float:
    return _visit(rehearsal, mine, workspaces, "wake_ms", "check")


def _check(rehearsal: Rehearsal, mine: list[Result], workspaces: dict[str, Workspace]) -> float:
    some = mine[:CHECKED_AT_ONCE]
    seen = checked_all(rehearsal, [workspaces[one["id"]] for one in some if one["id"] in workspaces])
    for one in some:
        one |= seen.get(one["id"], {"problem": "GONE"}) | {"stage": "done"}
    return SOON


_DO: dict[str, Callable[[Rehearsal, list[Result], dict[str, Workspace]], float]] = {
    "make": _make, "open": _open, "pause": _pause, "wake": _wake, "check": _check,
}  # fmt: skip
