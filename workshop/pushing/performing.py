"""One seat of one push: taken up by one worker at a time, tried, and settled or put back with a time to try again."""

from __future__ import annotations

import logging
from typing import Any

from django.db.models import F, Q
from django.utils import timezone

from spaces_site.errors import SpacesError
from workshop.live import workshop_changed
from workshop.models import Push, PushResult
from workshop.pushing.commands import command_push
from workshop.pushing.contents import files_forget
from workshop.pushing.files import files_put
from workshop.pushing.planning import Entry
from workshop.pushing.sending import OPEN, SILENT, push_go_on, result_wake
from workspaces.engine.base import EngineError, EngineUnavailable
from workspaces.models import Workspace
from workspaces.problems import Failed, NotYet, Superseded

REFUSED_TRIES = 3
SILENT_TRIES = 12
"""About five minutes with the pauses in between."""
LONGEST_PAUSE = 30.0
State = PushResult.State

log = logging.getLogger(__name__)


def result_perform(result_id: int) -> None:
    """Afterwards it is done, or failed and says why, or is to be tried again. One that is settled, or that another
    worker is at, is left alone."""
    result = _taken(result_id)
    if result is None:
        return
    try:
        _settle(result, **_attempt(result))
    except Superseded:
        return
    except NotYet as wait:
        _put_back(result, attempts=F("attempts") - 1)
        result_wake(result.pk, wait.retry_seconds)
        return  # still its turn
    except Failed as problem:
        more = f": {problem}" if str(problem) else ""
        _settle(result, state=State.FAILED, problem=f"{problem.code}{more}")
    except EngineUnavailable as problem:
        _again_or_failed(result, f"ENGINE_SILENT: {problem}", SILENT_TRIES)
    except (EngineError, SpacesError) as problem:
        _again_or_failed(result, f"ENGINE_REFUSED: {problem}", REFUSED_TRIES)
    except Exception:
        log.exception("push %s at seat %s", result.push_id, result.seat_id)
        _again_or_failed(result, "INTERNAL_ERROR", REFUSED_TRIES)
    push_go_on(result.push_id, 1)


def _taken(result_id: int) -> PushResult | None:
    now = timezone.now()
    free = Q(state=State.WAITING) | Q(state=State.RUNNING, started_at__lt=now - SILENT)
    taken = PushResult.objects.filter(free, pk=result_id).update(
        state=State.RUNNING, attempts=F("attempts") + 1, started_at=now
    )
    joined = ("push__workshop", "push__actor", "push__undoes", "seat__workspace__kind")
    # What is pushed may be large, and is read once for all seats.
    found = PushResult.objects.select_related(*joined).defer("push__files_sealed", "push__undoes__files_sealed")
    return found.filter(pk=result_id).first() if taken else None


def _attempt(result: PushResult) -> dict[str, Any]:
    """The columns of what came of it."""
    workspace = _workspace_of(result)
    if result.push.kind == Push.Kind.COMMAND:
        said = command_push(result, workspace)
        is_done = said.exit_code == 0 and not said.problem
        state = State.DONE if is_done else State.FAILED
        return {"state": state, "output": said.output, "exit_code": said.exit_code, "problem": said.problem}
    entries = files_put(result, workspace)
    return {"state": _state_of(entries), "files": entries, "problem": ""}


def _workspace_of(result: PushResult) -> Workspace:
    """The one that is on the seat now. What was begun on another one begins anew. Raises `Failed`."""
    workspace = result.seat.workspace
    if workspace is None:
        raise Failed("NO_WORKSPACE", "")
    if result.workspace_public_id != workspace.public_id:
        fresh: dict[str, Any] = {"workspace_public_id": workspace.public_id, "files": [], "output": ""}
        PushResult.objects.filter(pk=result.pk).update(**fresh)
        for column, value in fresh.items():
            setattr(result, column, value)
    return workspace


def _state_of(entries: list[Entry]) -> State:
    wrong = sum(entry["outcome"] in ("failed", "left") for entry in entries)
    if not wrong:
        return State.DONE
    return State.FAILED if wrong == len(entries) and entries else State.PARTLY


def _settle(result: PushResult, **columns: Any) -> None:
    mine = PushResult.objects.filter(pk=result.pk, state=State.RUNNING, attempts=result.attempts)
    if not mine.update(finished_at=timezone.now(), **columns):
        return
    workshop_changed(result.push.workshop)
    if not PushResult.objects.filter(push=result.push_id, state__in=OPEN).exists():
        files_forget()


def _again_or_failed(result: PushResult, problem: str, tries: int) -> None:
    if result.attempts >= tries:
        _settle(result, state=State.FAILED, problem=problem[:500])
        return
    _put_back(result, problem=problem[:500])
    result_wake(result.pk, min(LONGEST_PAUSE, 2.0 ** (result.attempts - 1)))


def _put_back(result: PushResult, **columns: Any) -> None:
    mine = PushResult.objects.filter(pk=result.pk, state=State.RUNNING, attempts=result.attempts)
    mine.update(state=State.WAITING, **columns)
