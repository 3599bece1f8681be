"""What the workshop API takes and answers. Its words (project, available) stay in this file."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

from django.conf import settings
from django.urls import reverse
from rest_framework import serializers

from spaces_site.api.spaces.wire import time_out
from spaces_site.errors import SpacesError
from workshop.keys import seat_address
from workshop.models import Claim
from workshop.selectors import Counts

UNAUTHORIZED = "Unauthorized"


class ClaimIn(serializers.Serializer[Any]):
    """Becomes `claim_make`'s keywords; what is wrong with them is said there, in the caller's language."""

    name = serializers.CharField(required=False, allow_blank=True, default="")
    email = serializers.CharField(required=False, allow_blank=True, default="")
    code = serializers.CharField(
        required=False, allow_blank=True, default="", help_text="The access code, where the workshop has one."
    )
    workshop = serializers.CharField(
        required=False, allow_blank=True, default="", help_text="Its name in the address, where there are several."
    )


class NothingIn(serializers.Serializer[Any]):
    """A body that is not needed; what is sent all the same has to be an object."""


class ErrorOut(TypedDict):
    """`code` is stable; a 401 says `error` alone."""

    error: str
    code: NotRequired[str]


class TakenOut(TypedDict):
    """`workspaceUrl` and `projectName` where that address has a seat already."""

    error: str
    code: str
    workspaceUrl: NotRequired[str]
    projectName: NotRequired[str]


class StatusOut(TypedDict):
    available: int
    total: int
    claimed: int


class ClaimedOut(TypedDict):
    workspaceUrl: str
    projectName: str


class ReleasedOut(TypedDict):
    name: str
    email: str
    projectName: str
    workspaceUrl: str
    claimedAt: str


class ClaimOut(TypedDict):
    projectId: str
    name: str
    email: str
    projectName: str
    workspaceUrl: str
    claimedAt: str


class PastClaimOut(TypedDict):
    projectId: str
    name: str
    email: str
    projectName: str
    workspaceUrl: str
    claimedAt: str
    releasedAt: str


class ClaimsOut(TypedDict):
    claims: list[ClaimOut]
    history: list[PastClaimOut]


class ReleaseOut(TypedDict):
    success: bool
    released: ReleasedOut


def status_out(counts: Counts | None) -> StatusOut:
    """Nothing at all where there is no workshop."""
    if counts is None:
        return {"available": 0, "total": 0, "claimed": 0}
    return {"available": counts.free, "total": counts.total, "claimed": counts.claimed}


def claimed_out(claim: Claim) -> ClaimedOut:
    return {"workspaceUrl": seat_address(claim.key_sealed), "projectName": claim.workspace_name}


def taken_out(claim: Claim, error: SpacesError) -> TakenOut:
    """The address has a seat. Where mail is set up, who asks may well be somebody else who knows just the address: so
    they get that of the page, which sends a code to it before it shows the seat. Without mail nothing could be asked
    for, and the participant's own address is the answer, as it always was."""
    page = settings.BASE_URL + reverse("workshop-claim", args=(claim.workshop.slug,))
    url = page if settings.MAIL_IS_SENT else seat_address(claim.key_sealed)
    return {"error": error.message, "code": error.code, "workspaceUrl": url, "projectName": claim.workspace_name}


def claim_out(claim: Claim) -> ClaimOut:
    return {"projectId": claim.workspace_public_id, **released_out(claim)}


def past_claim_out(claim: Claim) -> PastClaimOut:
    return {**claim_out(claim), "releasedAt": time_out(claim.released_at)}


def released_out(claim: Claim) -> ReleasedOut:
    return {
        "name": claim.name,
        "email": claim.email,
        "projectName": claim.workspace_name,
        "workspaceUrl": seat_address(claim.key_sealed),
        "claimedAt": time_out(claim.claimed_at),
    }
