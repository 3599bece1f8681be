"""A workspace as cards and pages show it: what to say, which icon, which buttons. Templates decide nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from workspaces.models import Operation, Snapshot, Workspace
from workspaces.pictures import has_picture, is_pictured
from workspaces.reasons import reason_shown
from workspaces.services.cloning import has_content
from workspaces.states import UNSETTLED, OperationState, State, Step, Verb, verbs_for

OPENABLE = frozenset({State.RUNNING, State.PAUSED, State.STOPPED, State.STARTING})
"""A visit to a paused or stopped one wakes it."""
SETTLED_CHIPS = {State.RUNNING: "running", State.PAUSED: "paused", State.STOPPED: "stopped", State.ERROR: "error"}
OPERATION_CHIPS = {
    OperationState.QUEUED: ("busy", "clock"),
    OperationState.RUNNING: ("busy", "busy"),
    OperationState.DONE: ("done", "check"),
    OperationState.FAILED: ("failed", "error"),
    OperationState.SUPERSEDED: ("stopped", "next"),
}
KIND_ICONS = frozenset({"code-server", "kicad", "blender", "terminal"})
NETWORKS: dict[str, Promise] = {
    "internet": _("internet"),
    "lan": _("local network"),
    "none": _("none"),
    "security": _("listed sites only"),
    "logging": _("recorded"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """`verbs`: what its menu offers, besides deleting. `main_verb`: the one that is the big button, if no link is.

    `copy_of`: the name of what it was made of, "" for none. `is_usable`: who looks may work in it; a viewer may not, so
    nothing that they may not do is offered to them.
    """

    workspace: Workspace
    chip: str
    icon: str
    kind_icon: str
    network: str | Promise
    is_usable: bool
    can_open: bool
    can_delete: bool
    can_clone: bool
    copy_of: str
    main_verb: Verb | None
    verbs: list[Verb]
    operation: Operation | None
    step: str
    percent: int

    @property
    def says_copy(self) -> bool:
        """Whether its name does not say already what it is a copy of."""
        return bool(self.copy_of) and not self.workspace.name.startswith(f"{self.copy_of} ")

    @property
    def has_picture(self) -> bool:
        """Whether there is a place for a small picture of its screen."""
        return has_picture(self.workspace)

    @property
    def is_pictured(self) -> bool:
        """Whether there may be one in it now."""
        return is_pictured(self.workspace)


@dataclass(frozen=True, slots=True)
class ShownOperation:
    """`took` is None while it is under way, or when it never began."""

    operation: Operation
    chip: str
    icon: str
    took: timedelta | None


def shown(workspace: Workspace) -> Shown:
    """Takes a workspace as the selectors give it, with `open_operations` and `is_usable`; asks the database nothing."""
    state = State(workspace.state)
    is_usable: bool = getattr(workspace, "is_usable", True)
    offered = verbs_for(state) if is_usable else []
    can_open = is_usable and (state in OPENABLE if workspace.kind.has_app else state == State.RUNNING)
    main_verb = None if can_open else next((v for v in (Verb.RESUME, Verb.START) if v in offered), None)
    opened: list[Operation] = getattr(workspace, "open_operations", [])
    operation = opened[0] if opened and state in UNSETTLED else None
    return Shown(
        workspace=workspace,
        chip=SETTLED_CHIPS.get(state, "busy"),
        icon=SETTLED_CHIPS.get(state, "busy"),
        kind_icon=kind_icon(workspace.kind.slug),
        network=NETWORKS.get(workspace.network_mode, workspace.network_mode),
        is_usable=is_usable,
        can_open=can_open,
        can_delete=Verb.DELETE in offered,
        can_clone=is_usable and has_content(workspace),
        copy_of=_copy_of(workspace),
        main_verb=None if state in UNSETTLED else main_verb,
        verbs=[verb for verb in offered if verb not in (Verb.DELETE, main_verb)],
        operation=operation,
        step=_step(operation),
        percent=operation.percent if operation else 0,
    )


def shown_operation(operation: Operation) -> ShownOperation:
    """An operation in the history of its workspace."""
    chip, icon = OPERATION_CHIPS[OperationState(operation.state)]
    began = operation.started_at or operation.created_at
    return ShownOperation(operation, chip, icon, operation.finished_at - began if operation.finished_at else None)


def kind_icon(slug: str) -> str:
    """Name of the drawing for a kind."""
    return f"kind-{slug if slug in KIND_ICONS else 'generic'}"


def _copy_of(workspace: Workspace) -> str:
    """Of what; "" when it is none, or was set back to what it once was itself."""
    snapshot = workspace.snapshot
    return snapshot.source_name if snapshot and snapshot.purpose != Snapshot.Purpose.BACKUP else ""


def _step(operation: Operation | None) -> str:
    """What it is at, in words; the detail (such as the line of an image's build) behind."""
    if operation is None:
        return str(Step.QUEUED.label)
    label = str(Step(operation.step).label) if operation.step in Step.values else operation.step
    return f"{label} – {reason_shown(operation.detail)}" if operation.detail else label
