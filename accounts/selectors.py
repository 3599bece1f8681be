"""What an actor may read of the audit: staff everything, others what was done by them or to what is theirs."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from accounts.actors import SYSTEM, Actor, signed_in
from accounts.models import AuditEvent, User
from spaces_site.errors import Invalid

MOST_EVENTS = 1000
"""In one answer, whatever is asked for."""
EXPORT_CHUNK = 500
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Place:
    """Between which events a page begins or ends: those before it are older than this one. Steady while events come."""

    at: datetime
    pk: int

    @classmethod
    def of(cls, event: AuditEvent) -> Self:
        return cls(event.at, event.pk)

    @classmethod
    def read(cls, text: str) -> Self | None:
        """What `str()` has made of one; None for "". Raises `Invalid` for anything else."""
        if not text:
            return None
        try:
            micros, pk = (int(part) for part in text.split("-"))
            return cls(EPOCH + micros * MICROSECOND, pk)
        except (ValueError, OverflowError):
            raise Invalid(_("This is not a place in the list of events.")) from None

    def __str__(self) -> str:
        return f"{(self.at - EPOCH) // MICROSECOND}-{self.pk}"

    def older(self) -> Q:
        """Condition: before it, this one left out."""
        return Q(at__lte=self.at) & ~Q(at=self.at, pk__gte=self.pk)

    def newer(self) -> Q:
        """Condition: after it, or this one itself."""
        return Q(at__gte=self.at) & ~Q(at=self.at, pk__lt=self.pk)


def events_for(
    actor: Actor,
    *,
    workspace: str = "",
    action: str | Collection[str] = "",
    who: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    text: str = "",
    name: str = "",
    before: Place | None = None,
    down_to: Place | None = None,
    limit: int = 200,
) -> list[AuditEvent]:
    """The newest `limit` (1–1000) events that fit, newest first, of those that the actor may read.

    `workspace`: a public id; `action`: a code, several, or with a dot at its end the beginning of some; `who`: an
    e-mail address, a name or "system"; `text`: in names or details; `name`: what the workspace was called then, in any
    case of letters. `since` is included, `until` is not.
    `before`: only older ones; `down_to`: only newer ones and that one. A workspace of somebody else's has none.
    Raises `Unauthenticated`, `Forbidden` for a locked account.
    """
    wanted = _of(workspace, action) & _by(who) & _within(since, until) & _placed(before, down_to)
    wanted &= Q(workspace_name__iexact=_plain(name)) if name else Q()
    limit = max(1, min(MOST_EVENTS, limit))
    found: dict[int, AuditEvent] = {}
    for scope in _scopes(actor):
        found |= {event.pk: event for event in _with_text(AuditEvent.objects.filter(scope, wanted), text)[:limit]}
    return sorted(found.values(), key=lambda event: (event.at, event.pk), reverse=True)[:limit]


def events_export(
    actor: Actor,
    *,
    workspace: str = "",
    action: str | Collection[str] = "",
    who: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    text: str = "",
) -> Iterator[AuditEvent]:
    """All events that fit, newest first, some at a time in memory. Raises at the first one as `events_for`."""
    place: Place | None = None
    while True:
        events = events_for(
            actor,
            workspace=workspace,
            action=action,
            who=who,
            since=since,
            until=until,
            text=text,
            before=place,
            limit=EXPORT_CHUNK,
        )
        yield from events
        if len(events) < EXPORT_CHUNK:
            return
        place = Place.of(events[-1])


def _scopes(actor: Actor) -> list[Q]:
    """Conditions of which one must hold. Each has an index in the order wanted, which both together have not."""
    if actor.is_staff:
        return [Q()]
    user = signed_in(actor)
    return [Q(owner=user), Q(actor=user)]


def _of(workspace: str, action: str | Collection[str]) -> Q:
    wanted = Q(workspace=_plain(workspace)) if workspace else Q()
    if not isinstance(action, str):
        return wanted & Q(action__in=action)
    if action.endswith("."):
        return wanted & Q(action__startswith=_plain(action))
    return wanted & Q(action=_plain(action)) if action else wanted


def _by(who: str) -> Q:
    """By number where there is such an account, which has an index; by the name then where there is none any more."""
    if not who:
        return Q()
    who = _plain(who).strip()
    if who == SYSTEM.name:
        return Q(actor=None, actor_name=who)
    people = User.objects.filter(Q(email__iexact=who) | Q(username__iexact=who)).values_list("pk", flat=True)
    return Q(actor__in=list(people)) if people else Q(actor_name__iexact=who)


def _within(since: datetime | None, until: datetime | None) -> Q:
    return (Q(at__gte=since) if since else Q()) & (Q(at__lt=until) if until else Q())


def _placed(before: Place | None, down_to: Place | None) -> Q:
    return (before.older() if before else Q()) & (down_to.newer() if down_to else Q())


def _with_text(events: QuerySet[AuditEvent], text: str) -> QuerySet[AuditEvent]:
    """`meta` is searched as it is stored: SQLite has JSON with escapes, PostgreSQL without those of letters."""
    text = _plain(text).strip()
    if not text:
        return events
    fields = ("action", "actor_name", "workspace_name", "workspace", "address", "request_id", "details")
    wanted = Q(details__icontains=json.dumps(text)[1:-1])
    for field in fields:
        wanted |= Q(**{f"{field}__icontains": text})
    return events.annotate(details=Cast("meta", TextField())).filter(wanted)


def _plain(text: str) -> str:
    """PostgreSQL breaks at a NUL."""
    return text.replace("\0", "\ufffd")
