"""The container beside a workspace in which the program for its files runs: begun when first needed, ends by itself."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from workspaces.engine.base import LABEL_INSTANCE, ContainerMissing, Engine, EngineConflict, EngineError
from workspaces.engine.inside import HelperSpec
from workspaces.files.refusals import refuse
from workspaces.files.run import ARGV, Ended, Run
from workspaces.image_builds import HELPER_IMAGE
from workspaces.images import image_ref
from workspaces.models import Workspace
from workspaces.states import State

ROLE = "files"
TRIES = 3
"""The helper may end by itself at any moment, between any two calls."""


class WorkspaceGone(Exception):
    """The workspace was deleted meanwhile, and nothing is left beside it."""


def ask(engine: Engine, workspace: Workspace, operation: str, **question: Any) -> tuple[Run, dict[str, Any]]:
    """The program at work on `operation`, and its first answer; the caller closes the run.

    Raises what `refuse` makes of a refusal, `WorkspaceGone`, and what the engine raises.
    """
    asked = question | {"at": workspace.kind.data_path}
    for attempt in range(TRIES):
        try:
            run = Run(engine.exec_stream(_name(workspace), [*ARGV, operation]), asked)
        except (ContainerMissing, EngineConflict):
            if attempt == TRIES - 1:
                raise
            helper_ensure(engine, workspace)
            continue
        try:
            return run, _accepted(run)
        except Ended as error:
            run.close()
            if attempt == TRIES - 1:
                raise EngineError(f"the program for files ended: {error}") from error
        except BaseException:
            run.close()
            raise
    raise AssertionError("not reached")


def again(run: Run) -> dict[str, Any]:
    """The program's next answer. Raises as `ask`."""
    try:
        return _accepted(run)
    except Ended as error:
        raise EngineError(f"the program for files ended: {error}") from error


def helper_ensure(engine: Engine, workspace: Workspace) -> None:
    """Afterwards the container beside it runs. Raises `WorkspaceGone`, and what the engine raises."""
    try:
        engine.ensure_helper(_spec(workspace))
    except EngineError:
        if _is_there(workspace):
            raise
        raise WorkspaceGone from None
    # The row is looked at last: a deletion from now on finds the container, one before has not gone unnoticed.
    if not _is_there(workspace):
        engine.remove_helpers(workspace.public_id)
        raise WorkspaceGone


def _spec(workspace: Workspace) -> HelperSpec:
    return HelperSpec(
        name=_name(workspace),
        role=ROLE,
        workspace=workspace.public_id,
        image=image_ref(HELPER_IMAGE),
        volume=workspace.engine_name,
        capabilities=("SETUID", "SETGID"),
        labels={LABEL_INSTANCE: settings.INSTANCE},
    )


def _is_there(workspace: Workspace) -> bool:
    return Workspace.objects.filter(pk=workspace.pk).exclude(state=State.DELETING).exists()


def _accepted(run: Run) -> dict[str, Any]:
    answer = run.answer()
    if "error" in answer:
        refuse(answer["error"], answer["path"])
    return answer


def _name(workspace: Workspace) -> str:
    return f"{workspace.engine_name}-{ROLE}"
