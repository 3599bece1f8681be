"""Colours of the states of workshops and what belongs to them, as Unfold names them."""

from __future__ import annotations

from workshop.models import Claim, PushResult, Rehearsal, Workshop

WORKSHOP_STATES = {
    Workshop.State.DRAFT.value: "info",
    Workshop.State.OPEN.value: "success",
    Workshop.State.CLOSED.value: "warning",
    Workshop.State.ENDED.value: "default",
}
CLAIM_STATES = {
    Claim.State.WAITING.value: "warning",
    Claim.State.ACTIVE.value: "success",
    Claim.State.RELEASED.value: "default",
    Claim.State.LEFT.value: "default",
}
PUSH_STATES = {
    PushResult.State.WAITING.value: "info",
    PushResult.State.RUNNING.value: "info",
    PushResult.State.DONE.value: "success",
    PushResult.State.PARTLY.value: "warning",
    PushResult.State.FAILED.value: "danger",
}
REHEARSAL_STATES = {
    Rehearsal.State.WAITING.value: "info",
    Rehearsal.State.RUNNING.value: "info",
    Rehearsal.State.DONE.value: "success",
    Rehearsal.State.FAILED.value: "danger",
}
