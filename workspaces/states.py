"""What a workspace can be, what an operation can be, and what may follow what. Pure: no database, no engine."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    """Where a workspace is. Those ending in -ing are unsettled: an operation is under way."""

    CREATING = "creating", _("being created")
    STARTING = "starting", _("starting")
    RUNNING = "running", _("running")
    PAUSING = "pausing", _("pausing")
    PAUSED = "paused", _("paused")
    STOPPING = "stopping", _("stopping")
    STOPPED = "stopped", _("stopped")
    DELETING = "deleting", _("being deleted")
    ERROR = "error", _("failed")


class Verb(models.TextChoices):
    """What an operation does to a workspace."""

    CREATE = "create", _("Create")
    START = "start", _("Start")
    STOP = "stop", _("Stop")
    RESTART = "restart", _("Restart")
    PAUSE = "pause", _("Pause")
    RESUME = "resume", _("Resume")
    DELETE = "delete", _("Delete")
    CLONE = "clone", _("Clone")
    RESET = "reset", _("Reset")


class OperationState(models.TextChoices):
    """How far an operation is. `superseded`: another one took its place before it was done."""

    QUEUED = "queued", _("waiting")
    RUNNING = "running", _("under way")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    SUPERSEDED = "superseded", _("replaced")


class Step(models.TextChoices):
    """What an operation is at, in the order in which it comes."""

    QUEUED = "queued", _("Waiting for its turn")
    SNAPSHOT = "snapshot", _("Copying what was prepared")
    NETWORK = "network", _("Making the network")
    IMAGE = "image", _("Getting the image ready")
    CONTAINER = "container", _("Making storage and container")
    FILES = "files", _("Putting files into it")
    CLONE = "clone", _("Cloning the repository")
    START = "start", _("Starting")
    READY = "ready", _("Waiting for the app to answer")
    PAUSE = "pause", _("Pausing")
    STOP = "stop", _("Stopping")
    REMOVE = "remove", _("Removing the container")
    REMOVE_NETWORK = "remove_network", _("Removing the network")
    REMOVE_VOLUME = "remove_volume", _("Removing the files")
    DONE = "done", _("Done")


UNSETTLED = frozenset({State.CREATING, State.STARTING, State.PAUSING, State.STOPPING, State.DELETING})
RUNNING_OR_SOON = frozenset({State.CREATING, State.STARTING, State.RUNNING, State.PAUSING, State.PAUSED})
"""States that count against the limit of running workspaces: a paused one keeps its memory."""
HAS_NO_FILES = frozenset({State.CREATING, State.DELETING})
"""Not yet, or not any more: what works on the files has to wait, or comes too late."""
OPEN_OPERATIONS = (OperationState.QUEUED, OperationState.RUNNING)


@dataclass(frozen=True, slots=True)
class Rule:
    """One verb: from which states it may begin, the state while it works, and the state when it is done.

    `already`: states in which there is nothing to do, which is not an error.
    """

    begins: frozenset[State]
    during: State
    after: State | None
    already: frozenset[State] = frozenset()


_ANY = frozenset(State) - {State.DELETING}
RULES: dict[Verb, Rule] = {
    Verb.CREATE: Rule(frozenset({State.CREATING, State.ERROR}), State.CREATING, State.RUNNING),
    Verb.START: Rule(
        _ANY - {State.RUNNING, State.STARTING, State.CREATING},
        State.STARTING,
        State.RUNNING,
        frozenset({State.RUNNING, State.STARTING, State.CREATING}),
    ),
    Verb.STOP: Rule(
        _ANY - {State.STOPPED, State.STOPPING},
        State.STOPPING,
        State.STOPPED,
        frozenset({State.STOPPED, State.STOPPING}),
    ),
    Verb.RESTART: Rule(_ANY - {State.CREATING}, State.STARTING, State.RUNNING, frozenset({State.CREATING})),
    Verb.PAUSE: Rule(frozenset({State.RUNNING}), State.PAUSING, State.PAUSED, frozenset({State.PAUSED, State.PAUSING})),
    Verb.RESUME: Rule(
        frozenset({State.PAUSED, State.PAUSING}),
        State.STARTING,
        State.RUNNING,
        frozenset({State.RUNNING, State.STARTING, State.CREATING}),
    ),
    Verb.DELETE: Rule(_ANY, State.DELETING, None, frozenset({State.DELETING})),
    Verb.CLONE: Rule(frozenset({State.CREATING, State.ERROR}), State.CREATING, State.RUNNING),
    Verb.RESET: Rule(_ANY - {State.CREATING}, State.CREATING, State.RUNNING),
}
MAKES_IT = frozenset({Verb.CREATE, Verb.CLONE})
"""With these a workspace begins; nobody asks them of one that is there."""


def verbs_for(state: str) -> list[Verb]:
    """What a person can usefully do to a workspace in `state`, for buttons and menus."""
    offered: list[Verb] = [v for v in Verb if v not in MAKES_IT | {Verb.RESET} and state in RULES[v].begins]
    if state == State.PAUSED:
        offered.remove(Verb.START)
    elif state in (State.STOPPED, State.ERROR):
        offered.remove(Verb.RESTART)
    return offered
