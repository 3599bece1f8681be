"""The container beside a workspace in which git runs, on the workspace's own network, and one question to it."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings

from workspaces.engine.base import LABEL_INSTANCE, ContainerMissing, Engine, EngineConflict, EngineError
from workspaces.engine.inside import STDERR, ExecStream, HelperSpec
from workspaces.image_builds import HELPER_IMAGE
from workspaces.images import image_ref
from workspaces.models import Workspace
from workspaces.states import State

ROLE = "git"
ARGV = ("python3", "-I", "/opt/spaces/git.py")
MEMORY_MB = 512
TRIES = 3
"""The helper may end by itself at any moment, between any two calls."""
GRACE_SECONDS = 30.0
"""The program keeps to its time by itself; this much later it is not believed any more."""
MOST_LINE = 1024**2

log = logging.getLogger(__name__)
Answer = dict[str, Any]


class WorkspaceGone(Exception):
    """The workspace was deleted meanwhile, and nothing is left beside it."""


def ask(
    engine: Engine,
    workspace: Workspace,
    question: Answer,
    *,
    seconds: float,
    on_word: Callable[[Answer], None] = lambda _answer: None,
) -> Answer:
    """The program's last answer, which has "done" or "error". `on_word` hears those before, one a second at least.

    The network must be there. Nothing of `question` is logged, kept or put where another program could see it. Raises
    `WorkspaceGone`, and what the engine raises; an exception of `on_word` ends the program.
    """
    for attempt in range(TRIES):
        helper_ensure(engine, workspace)
        try:
            stream = engine.exec_stream(_name(workspace), ARGV)
        except (ContainerMissing, EngineConflict):
            if attempt == TRIES - 1:
                raise
            continue
        try:
            last = _heard(stream, {**question, "ca": _certificates(), "seconds": seconds}, seconds, on_word)
        finally:
            stream.close()
        if last is not None:
            return last
    raise EngineError("git beside the workspace ended without an answer")


def helper_ensure(engine: Engine, workspace: Workspace) -> None:
    """Afterwards the container beside it runs. Raises `WorkspaceGone`, and what the engine raises."""
    engine.ensure_helper(
        HelperSpec(
            name=_name(workspace),
            role=ROLE,
            workspace=workspace.public_id,
            image=image_ref(HELPER_IMAGE),
            volume=workspace.engine_name,
            network=workspace.engine_name,
            capabilities=("SETUID", "SETGID"),
            memory_mb=MEMORY_MB,
            labels={LABEL_INSTANCE: settings.INSTANCE},
        )
    )
    # The row is looked at last: a deletion from now on finds the container, one before has not gone unnoticed.
    if not Workspace.objects.filter(pk=workspace.pk).exclude(state=State.DELETING).exists():
        engine.remove_helpers(workspace.public_id)
        raise WorkspaceGone


def _heard(stream: ExecStream, question: Answer, seconds: float, on_word: Callable[[Answer], None]) -> Answer | None:
    """The last answer; None when the program ended without one."""
    watch = threading.Timer(seconds + GRACE_SECONDS, stream.close)
    watch.daemon = True
    watch.start()
    try:
        stream.write(json.dumps(question).encode() + b"\n")
        for line in _lines(stream):
            answer: Answer = json.loads(line)
            if "done" in answer or "error" in answer:
                return answer
            on_word(answer)
        return None
    finally:
        watch.cancel()


def _lines(stream: ExecStream) -> Iterator[bytes]:
    seen = b""
    while (part := stream.read()) is not None:
        kind, data = part
        if kind == STDERR:
            log.warning("git: %s", data.decode(errors="replace")[-500:])  # the program's own, which never names a token
            continue
        *lines, seen = (seen + data).split(b"\n")
        if len(seen) > MOST_LINE:
            return
        yield from lines


def _certificates() -> str:
    return settings.CA_FILE.read_text() if settings.CA_FILE else ""


def _name(workspace: Workspace) -> str:
    return f"{workspace.engine_name}-{ROLE}"
