"""Files to one seat: a look, a plan that is written down, and then what was planned. Taken up again after a kill, it
goes on with the plan that it finds, which is safe twice; so it also knows afterwards what it did itself."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import datetime
from typing import Any

from django.utils import timezone

from accounts.actors import SYSTEM, Actor
from workshop.models import Push, PushResult
from workshop.pushing.contents import files_of, files_seal, files_unseal
from workshop.pushing.planning import PUT, Entry, entry_done, entry_plan, entry_undo
from workshop.pushing.words import marks
from workspaces.auditing import workspace_audit
from workspaces.engine import get_engine
from workspaces.engine.base import ImageMissing
from workspaces.files.beside import WorkspaceGone, again, ask
from workspaces.image_builds import HELPER_IMAGE, image_wanted
from workspaces.models import Operation, Workspace
from workspaces.problems import Failed, NotYet, Superseded
from workspaces.states import HAS_NO_FILES, OperationState, Verb

ROUNDS = 3
"""How often it is looked again when somebody changes a file between the look and the deed."""
KEPT_BYTES = 1024**2
"""Of what is written over at one seat, kept so that it can be put back."""
STATE_SECONDS = 1.0
_MADE_BY = (Verb.CREATE, Verb.CLONE, Verb.RESET)


def files_put(result: PushResult, workspace: Workspace) -> list[Entry]:
    """Each file is where it was decided to be; what became of each. Raises `Failed`, `NotYet`, and what the engine
    raises."""
    if workspace.state in HAS_NO_FILES:
        raise NotYet(STATE_SECONDS)
    try:
        entries = _undone(result, workspace) if result.push.undoes else _put(result, workspace)
    except WorkspaceGone:
        raise Failed("GONE", "") from None
    except ImageMissing:
        image_wanted(HELPER_IMAGE, get_engine(), lambda _percent, _text: None)
        raise NotYet(STATE_SECONDS) from None
    touched = sum(entry["outcome"] in PUT | {"undone"} for entry in entries)
    if touched:
        actor = Actor(result.push.actor, "browser") if result.push.actor else SYSTEM
        workspace_audit(actor, "file.sync", workspace, count=touched, clean=False)
    return entries


def _put(result: PushResult, workspace: Workspace) -> list[Entry]:
    files = files_of(result.push)
    entries: dict[str, Entry] = {entry["path"]: entry for entry in result.files}
    for _round in range(ROUNDS):
        todo = [path for path in files if entries.get(path, {}).get("outcome", "failed") == "failed"]
        if todo:
            entries |= _planned(result, workspace, {path: files[path] for path in todo})
            _write_down(result, list(entries.values()))
        contents = {path: files[path] for path, entry in entries.items() if not entry["outcome"]}
        entries |= _applied(result, workspace, list(entries.values()), contents)
        if all(entry["why"] != "CHANGED" for entry in entries.values()):
            break
        result.files = list(entries.values())
    return list(entries.values())


def _planned(result: PushResult, workspace: Workspace, files: dict[str, bytes]) -> dict[str, Entry]:
    push, known = result.push, _known(result, workspace)
    beside, mine = marks(push)
    wished = {path: hashlib.sha256(content).hexdigest() for path, content in files.items()}
    question: dict[str, Any] = {
        "entries": [
            {"path": path, "sha256": sha256, "known": list(known.get(path, ()))} for path, sha256 in wished.items()
        ],
        "made_ns": int(_made_at(workspace).timestamp() * 1e9),
        "keep": KEPT_BYTES,
        "beside": beside,
        "mine": mine,
    }
    run, answer = ask(get_engine(), workspace, "seat-look", **question)
    run.close()
    seen = dict(zip(wished, answer["found"], strict=True))
    kept = files_unseal(result.output)
    kept |= {one["sha256"]: base64.b64decode(one["content"]) for one in seen.values() if "content" in one}
    result.output = files_seal(kept)
    return {
        path: entry_plan(path, sha256, seen[path], push.existing, known.get(path, set()))
        for path, sha256 in wished.items()
    }


def _undone(result: PushResult, workspace: Workspace) -> list[Entry]:
    assert result.push.undoes is not None
    origin = PushResult.objects.filter(push=result.push.undoes, seat=result.seat).first()
    if origin is None or origin.workspace_public_id != workspace.public_id:
        raise Failed("GONE", "")
    kept = files_unseal(origin.output)
    entries: list[Entry] = result.files
    if not entries:
        entries = [undo for entry in origin.files if (undo := entry_undo(entry, kept.keys())) is not None]
        _write_down(result, entries)
    entries = [entry | {"outcome": ""} if entry["outcome"] == "failed" else entry for entry in entries]
    contents = {entry["path"]: kept.get(entry["sha256"], b"") for entry in entries}
    return list(_applied(result, workspace, entries, contents).values())


def _applied(
    result: PushResult, workspace: Workspace, entries: list[Entry], contents: dict[str, bytes]
) -> dict[str, Entry]:
    """By path: the entries, of which those that were not done yet have been tried."""
    open_ones = [entry for entry in entries if not entry["outcome"]]
    done = {entry["path"]: entry for entry in entries}
    if not open_ones:
        return done
    undoes = result.push.undoes_id is not None
    run, _ready = ask(get_engine(), workspace, "seat-apply")
    try:
        for entry in open_ones:
            run.send(json.dumps(entry | {"do": entry["plan"]}).encode())
            run.send_end()
            run.send(contents.get(entry["path"], b""))
            run.send_end()
        run.send_end()
        answer = again(run)
    finally:
        run.close()
    for entry, said in zip(open_ones, answer["results"], strict=True):
        done[entry["path"]] = entry_done(entry, said["why"], undoes=undoes)
    return done


def _write_down(result: PushResult, entries: list[Entry]) -> None:
    """Before anything is changed the row says what will be. Raises `Superseded` when another worker has it by now,
    since this one was silent for too long."""
    result.files = entries
    mine = PushResult.objects.filter(pk=result.pk, state=PushResult.State.RUNNING, attempts=result.attempts)
    if not mine.update(files=entries, output=result.output, started_at=timezone.now()):
        raise Superseded


def _known(result: PushResult, workspace: Workspace) -> dict[str, set[str]]:
    """sha256 of what was put to this very workspace by earlier pushes, by path."""
    earlier = PushResult.objects.filter(
        seat=result.seat,
        workspace_public_id=workspace.public_id,
        push__kind=Push.Kind.FILES,
        push__created_at__lt=result.push.created_at,
    )
    known: dict[str, set[str]] = {}
    for entries in earlier.values_list("files", flat=True):
        for entry in entries:
            if entry["outcome"] in PUT | {"same"} and entry["at"]:
                known.setdefault(entry["at"], set()).add(entry["sha256"])
    return known


def _made_at(workspace: Workspace) -> datetime:
    """When its files were as they were prepared: nobody could get in before that operation was over. The engine writes
    them with the time of that moment, whatever their own time says."""
    made = Operation.objects.filter(workspace=workspace, verb__in=_MADE_BY, state=OperationState.DONE)
    finished = made.order_by("-finished_at").values_list("finished_at", flat=True).first()
    return finished or workspace.created_at
