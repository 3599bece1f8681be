"""What a new workspace is given before it starts for the first time: a repository, and files. Safe twice."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from workspaces.engine.base import Engine, ImageMissing
from workspaces.files import files_put
from workspaces.git.beside import WorkspaceGone, ask
from workspaces.image_builds import HELPER_IMAGE, image_wanted
from workspaces.models import Setup, Workspace
from workspaces.problems import Failed, Superseded
from workspaces.reasons import CLONE_FAILED, CLONE_NO_ROOM, CLONE_NOT_EMPTY, CLONE_TOO_LONG, SETUP_UNREADABLE
from workspaces.sealing import Unreadable, unseal
from workspaces.states import Step

CLONE_LIMIT = timedelta(minutes=10)
FROM_PERCENT, TO_PERCENT = 42, 54
"""Of the whole operation, in which git's own progress is shown."""

Report = Callable[..., None]


def setup_of(workspace: Workspace) -> Setup | None:
    """What is still to be put into it; None when nothing is."""
    return Setup.objects.filter(workspace=workspace).first()


def set_up(workspace: Workspace, setup: Setup, engine: Engine, report: Report) -> None:
    """Afterwards all of it is in the volume, and the row that named it is gone. The network and the volume exist.

    The repository comes first, since some of the files may belong into it. Raises `Failed` with a reason for a person
    (CLONE_FAILED and those of `files_put`), `NotYet` while the helper's image is made, and what the engine raises.
    """
    try:
        files, token = json.loads(unseal(setup.files_sealed) or "{}"), unseal(setup.token_sealed)
    except Unreadable:
        raise Failed("SETUP_UNREADABLE", SETUP_UNREADABLE) from None
    try:
        _put(workspace, setup, files, token, engine, report)
    except ImageMissing:
        image_wanted(HELPER_IMAGE, engine, lambda percent, text: report(Step.IMAGE, 20 + percent // 5, text))
        _put(workspace, setup, files, token, engine, report)  # it came just now
    except WorkspaceGone:
        raise Superseded from None
    Setup.objects.filter(pk=setup.pk).delete()


def _put(workspace: Workspace, setup: Setup, files: dict[str, str], token: str, engine: Engine, report: Report) -> None:
    if setup.repo_url:
        _clone(workspace, setup, token, engine, report)
    if files:
        report(Step.FILES, TO_PERCENT)
        files_put(engine, workspace, {path: base64.b64decode(text) for path, text in files.items()})


def _clone(workspace: Workspace, setup: Setup, token: str, engine: Engine, report: Report) -> None:
    """The repository is at its destination, whole. Raises `Failed`."""
    report(Step.CLONE, FROM_PERCENT)
    question = {
        "op": "clone",
        "url": setup.repo_url,
        "branch": setup.repo_branch,
        "path": setup.repo_destination,
        "token": token,
        "mark": f"{workspace.public_id} {workspace.created_at.isoformat()} {setup.pk}",
    }
    telling = _Telling(report)
    answer = ask(engine, workspace, question, seconds=CLONE_LIMIT.total_seconds(), on_word=telling)
    if "error" in answer:
        raise Failed("CLONE_FAILED", _reason(answer, f"{workspace.kind.data_path}/{setup.repo_destination}"))


class _Telling:
    """Passes on how far git is. That it is still at it is reported too, which notices when nobody waits any more."""

    def __init__(self, report: Report) -> None:
        self._report, self._percent, self._detail = report, FROM_PERCENT, ""

    def __call__(self, word: dict[str, Any]) -> None:
        if "percent" in word:
            share = min(100, max(0, int(word["percent"])))
            self._percent = FROM_PERCENT + (TO_PERCENT - FROM_PERCENT) * share // 100
            self._detail = str(word.get("detail", ""))
        self._report(Step.CLONE, self._percent, self._detail)


def _reason(answer: dict[str, Any], path: str) -> str:
    match answer["error"]:
        case "NOT_EMPTY" | "LINKED":
            return CLONE_NOT_EMPTY % {"path": path}
        case "TIMEOUT":
            return CLONE_TOO_LONG % {"minutes": CLONE_LIMIT // timedelta(minutes=1)}
        case "DISK":
            return CLONE_NO_ROOM % {"log": answer.get("text", "")}
        case _:
            return CLONE_FAILED % {"log": str(answer.get("text", ""))[-600:] or "—"}
