"""One wish for several seats: each is asked by itself, and one that is refused stops no other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from django.utils.translation import gettext as _

from accounts.actors import Actor
from spaces_site.errors import Invalid, SpacesError
from workshop.models import Claim, Seat, Workshop
from workshop.selectors import seats_of, workshop_get
from workshop.services.messages import message_one
from workshop.services.resetting import seat_reset
from workspaces.engine_state import engine_require
from workspaces.models import Workspace
from workspaces.services.sizing import workspace_resize
from workspaces.services.work import workspace_ask
from workspaces.states import Verb

SEAT_VERBS = (Verb.START, Verb.STOP, Verb.PAUSE)
Outcome = Literal["asked", "already", "refused"]


@dataclass(frozen=True, slots=True)
class SeatResult:
    """What became of the wish at one seat. `message`: why it was refused, for a person."""

    number: int
    name: str
    outcome: Outcome
    message: str = ""


def seats_ask(actor: Actor, workshop: Workshop, numbers: Iterable[int], verb: Verb) -> list[SeatResult]:
    """Each of those seats will run, be stopped or be paused.

    As all here: raises `NotFound` for who does not lead the workshop, `Invalid` (SEATS_EMPTY) when none is left of
    `numbers`, `Unavailable` without engine.
    """
    if verb not in SEAT_VERBS:
        raise Invalid(_("This cannot be done to several seats at once."), code="SEATS_VERB")

    def ask(seat: Seat) -> bool:
        workspace = workspace_of(seat)
        if verb == Verb.STOP and workspace.state == "error":
            return False  # there is nothing that runs
        return workspace_ask(actor, workspace, verb) is not None

    engine_require()
    return _each(actor, workshop, numbers, ask)


def seats_reset(
    actor: Actor, workshop: Workshop, numbers: Iterable[int], *, backup: bool = True
) -> list[SeatResult]:
    """Each will be as it was prepared, see `seat_reset`."""

    def ask(seat: Seat) -> bool:
        seat_reset(actor, seat, backup=backup)
        return True

    engine_require()
    return _each(actor, workshop, numbers, ask)


def seats_message(actor: Actor, workshop: Workshop, numbers: Iterable[int], text: str) -> list[SeatResult]:
    """Who sits there reads `text`. Nobody at a seat is a refusal. Raises `Invalid` (MESSAGE_INVALID) for all."""

    def ask(seat: Seat) -> bool:
        claim = claim_at(seat)
        if claim is None:
            raise Invalid(_("Nobody has this seat."), code="SEAT_FREE")
        message_one(actor, claim, text)
        return True

    return _each(actor, workshop, numbers, ask, stops_all=("MESSAGE_INVALID",))


def seats_resize(actor: Actor, workshop: Workshop, numbers: Iterable[int], *, memory_mb: int) -> list[SeatResult]:
    """Each has so much memory, while it runs, see `workspace_resize`."""

    def ask(seat: Seat) -> bool:
        workspace = workspace_of(seat)
        is_other = workspace.memory_mb != memory_mb
        workspace_resize(actor, workspace, memory_mb=memory_mb)
        return is_other

    engine_require()
    return _each(actor, workshop, numbers, ask)


def workspace_of(seat: Seat) -> Workspace:
    """What is on the seat. Raises `Invalid` (SEAT_EMPTY) while there is nothing."""
    if seat.workspace is None:
        raise Invalid(_("There is nothing on this seat at the moment."), code="SEAT_EMPTY")
    return seat.workspace


def claim_at(seat: Seat) -> Claim | None:
    """Who sits on a seat as the selectors give it."""
    claims: list[Claim] = seat.active_claims  # type: ignore[attr-defined]
    return claims[0] if claims else None


def _each(
    actor: Actor,
    workshop: Workshop,
    numbers: Iterable[int],
    ask: Callable[[Seat], bool],
    *,
    stops_all: tuple[str, ...] = (),
) -> list[SeatResult]:
    """`ask` says whether anything had to be done. Errors with a code of `stops_all` are about the wish itself."""
    wanted = set(numbers)
    chosen = [seat for seat in seats_of(workshop_get(actor, workshop.slug)) if seat.number in wanted]
    if not chosen:
        raise Invalid(_("Choose at least one seat first."), code="SEATS_EMPTY")
    return [_one(seat, ask, stops_all) for seat in chosen]


def _one(seat: Seat, ask: Callable[[Seat], bool], stops_all: tuple[str, ...]) -> SeatResult:
    claim = claim_at(seat)
    name = claim.name if claim else ""
    try:
        return SeatResult(seat.number, name, "asked" if ask(seat) else "already")
    except SpacesError as error:
        if error.code in stops_all:
            raise
        return SeatResult(seat.number, name, "refused", _said(error))


def _said(error: SpacesError) -> str:
    """The details where there are some: they say more."""
    texts = [str(text) for text in error.details.values() if isinstance(text, str)]
    return " ".join(texts) if isinstance(error, Invalid) and texts else str(error.message)
