"""Colours of states, as Unfold names them; of a state without one it would show the value instead of the text."""

from __future__ import annotations

from typing import Any

from workspaces.models import ImageBuild
from workspaces.states import OperationState, State

STATES = {
    State.RUNNING.value: "success",
    State.PAUSED.value: "warning",
    State.STOPPED.value: "default",
    State.ERROR.value: "danger",
    **dict.fromkeys(("creating", "starting", "pausing", "stopping", "deleting"), "info"),
}
OPERATION_STATES = {
    OperationState.QUEUED.value: "info",
    OperationState.RUNNING.value: "info",
    OperationState.DONE.value: "success",
    OperationState.FAILED.value: "danger",
    OperationState.SUPERSEDED.value: "default",
}
BUILD_STATES = {
    ImageBuild.State.WAITING.value: "warning",
    ImageBuild.State.BUILDING.value: "info",
    ImageBuild.State.READY.value: "success",
    ImageBuild.State.FAILED.value: "danger",
}


class Chip(tuple[str, str]):
    """What Unfold's lists take to colour a text: (state, text). Where there are no colours it is the text."""

    __slots__ = ()

    def __new__(cls, state: str, text: Any) -> Chip:
        return super().__new__(cls, (state, str(text)))

    def __str__(self) -> str:
        return self[1]
