"""Seats as the leader's pages show them: what is said of each, which, in which order. Templates decide nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from workshop.marks import Mark, Marked, last_use, marks_of
from workshop.models import Claim, Seat, Workshop
from workshop.selectors import Counts, is_open, seat_status, seats_of
from workspaces.gateway.audience import view_port_of
from workspaces.idle import span_words
from workspaces.models import Workspace
from workspaces.states import UNSETTLED
from workspaces.views.shown import Shown, shown

Text = str | Promise
MIB = 1024**2
NEVER = datetime.min.replace(tzinfo=timezone.get_fixed_timezone(0))
CHIPS = {"free": "ready", "making": "busy", "failed": "error", "claimed": "running"}
WORDS: dict[str, Text] = {"free": _("free"), "making": _("being made"), "failed": _("failed"), "claimed": _("claimed")}


@dataclass(frozen=True, slots=True)
class SeatShown:
    """`status`: free, claimed, making or failed. `card`: its workspace as lists show it. Shares are per cent of what
    the workspace may use; None where nothing is known."""

    seat: Seat
    workspace: Workspace | None
    claim: Claim | None
    status: str
    card: Shown | None
    marks: list[Marked] = field(default_factory=list)
    activity: datetime | None = None
    cpu_share: int | None = None
    memory_mb: int | None = None
    memory_share: int | None = None

    @property
    def number(self) -> int:
        return self.seat.number

    @property
    def word(self) -> Text:
        return WORDS[self.status]

    @property
    def chip(self) -> str:
        """Of the seat; that of its workspace is the card's."""
        return CHIPS[self.status]

    @property
    def has(self) -> set[str]:
        """The marks by their codes."""
        return {str(one.mark) for one in self.marks}

    @property
    def look_port(self) -> int:
        """Where its desktop is shown to who only looks; 0 where there is no such place."""
        return view_port_of(self.workspace) if self.workspace else 0

    @property
    def is_editor(self) -> bool:
        """Whether what opens is called that: not a desktop, nor a mere terminal."""
        return self.workspace is not None and self.workspace.kind.has_app and not self.workspace.kind.frame

    @property
    def is_settled(self) -> bool:
        """Whether nothing is under way at the moment, and a look now and then is enough."""
        return self.workspace is None or self.workspace.state not in UNSETTLED

    @property
    def key(self) -> str:
        """Another one when more than its figures is to be shown anew."""
        claim, workspace = self.claim, self.workspace
        parts = [workspace.public_id, workspace.state] if workspace else [self.status]
        return "-".join([*parts, str(claim.pk) if claim else "", "hand" if claim and claim.hand_raised_at else ""])

    @property
    def problem(self) -> str:
        """Why there is no workspace, or none that runs."""
        return self.seat.problem or (self.workspace.error if self.workspace and self.status == "failed" else "")


def seat_shown(seat: Seat, now: datetime, *, is_open: bool) -> SeatShown:
    """Takes a seat as the selectors give it; asks the database nothing."""
    claims: list[Claim] = seat.active_claims  # type: ignore[attr-defined]
    claim, workspace = (claims[0] if claims else None), seat.workspace
    known = seat.memory_bytes is not None and workspace is not None
    return SeatShown(
        seat=seat,
        workspace=workspace,
        claim=claim,
        status=seat_status(claim is not None, workspace.state if workspace else None, seat.ready_at),
        card=shown(workspace) if workspace else None,
        marks=marks_of(seat, claim, now, is_open=is_open),
        activity=last_use(workspace, claim) if workspace and claim else None,
        cpu_share=_share(seat.cpu_percent, 100 * workspace.cpus) if known and workspace else None,
        memory_mb=round((seat.memory_bytes or 0) / MIB) if known else None,
        memory_share=_share(seat.memory_bytes, workspace.memory_mb * MIB) if known and workspace else None,
    )


def _share(part: float | None, whole: float) -> int:
    return min(100, round(100 * (part or 0) / whole)) if whole else 0


@dataclass(frozen=True, slots=True)
class WallShown:
    """`seats`: all of them, by number; `hands`: those with a hand up, who waits longest first."""

    workshop: Workshop
    counts: Counts
    is_open: bool
    seats: list[SeatShown]

    @property
    def hands(self) -> list[SeatShown]:
        raised = [(one.claim.hand_raised_at, one) for one in self.seats if one.claim and one.claim.hand_raised_at]
        return [one for _at, one in sorted(raised, key=lambda pair: pair[0])]

    @property
    def unsettled(self) -> list[int]:
        """Numbers of the seats at which something is under way."""
        return [one.number for one in self.seats if not one.is_settled]

    @property
    def time_words(self) -> str:
        """Until it opens or closes by itself; "" when it does not."""
        now, workshop = timezone.now(), self.workshop
        if workshop.state == Workshop.State.ENDED:
            return ""
        if workshop.opens_at and workshop.opens_at > now:
            return str(_("opens in %(time)s") % {"time": span_words(workshop.opens_at - now)})
        if workshop.closes_at and workshop.closes_at > now:
            return str(_("closes in %(time)s") % {"time": span_words(workshop.closes_at - now)})
        return ""

    @property
    def state_icon(self) -> str:
        return "running" if self.is_open else "clock" if self.workshop.state == Workshop.State.DRAFT else "stopped"

    @property
    def need_help(self) -> int:
        return sum(bool(one.has & {Mark.HAND, Mark.STUCK}) for one in self.seats)


def wall_shown(workshop: Workshop) -> WallShown:
    """A workshop with all its seats, in four queries however many they are."""
    now, open_now = timezone.now(), is_open(workshop)
    seats = [seat_shown(seat, now, is_open=open_now) for seat in seats_of(workshop)]
    kinds = [one.status for one in seats]
    free, claimed, making, failed = (kinds.count(kind) for kind in ("free", "claimed", "making", "failed"))
    waiting = Claim.objects.filter(workshop=workshop, state=Claim.State.WAITING).count()
    return WallShown(workshop, Counts(len(seats), free, claimed, making, failed, waiting), open_now, seats)


SHOWS: dict[str, tuple[Text, Callable[[SeatShown], bool]]] = {
    "": (_("all"), lambda one: True),
    "help": (_("needs help"), lambda one: bool(one.has & {Mark.HAND, Mark.STUCK})),
    "idle": (_("idle"), lambda one: Mark.IDLE in one.has),
    "claimed": (_("claimed"), lambda one: one.status == "claimed"),
    "free": (_("free"), lambda one: one.status == "free"),
    "trouble": (_("not ready"), lambda one: one.status in ("making", "failed")),
}
URGENCY = {Mark.HAND: 0, Mark.STUCK: 1, Mark.IDLE: 2}
SORTS: dict[str, tuple[Text, Callable[[SeatShown], tuple[object, ...]]]] = {
    "number": (_("number"), lambda one: (one.number,)),
    "name": (_("name"), lambda one: (one.claim is None, one.claim.name.casefold() if one.claim else "", one.number)),
    "activity": (_("longest unused"), lambda one: (one.activity is None, one.activity or NEVER, one.number)),
    "marks": (_("marks"), lambda one: (min((URGENCY[each.mark] for each in one.marks), default=9), one.number)),
}


def chosen(seats: list[SeatShown], *, show: str, sort: str, text: str) -> list[SeatShown]:
    """Those that fit, in that order. What is no choice is as if nothing was chosen."""
    _label, fits = SHOWS.get(show, SHOWS[""])
    _label, key = SORTS.get(sort, SORTS["number"])
    return sorted((one for one in seats if fits(one) and _has(one, text.casefold().strip())), key=key)


def _has(one: SeatShown, text: str) -> bool:
    """In name, address, workspace or number of the seat."""
    if not text:
        return True
    words = [str(one.number), one.workspace.name if one.workspace else ""]
    words += [one.claim.name, one.claim.email] if one.claim else []
    return any(text in word.casefold() for word in words[1:]) or text == words[0]
