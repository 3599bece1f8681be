"""What happened: a page that searches the audit, goes on by itself as events arrive, and hands them out as a file."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.actors import signed_in
from accounts.models import AuditEvent
from accounts.selectors import Place, events_export, events_for
from accounts.views.request import PageRequest
from spaces_site.errors import NotFound
from workspaces.audit_export import as_csv, as_json
from workspaces.audit_shown import shown_event
from workspaces.audit_words import GROUPS, actions_of
from workspaces.models import Workspace
from workspaces.selectors import workspace_get, workspaces_for
from workspaces.shell_history import history_wanted

PER_PAGE = 50
MOST_NEW = 300
"""Rows that the list grows to by itself; then somebody reloads it."""
LATE = timedelta(minutes=1)
MOST_WORKSPACES = 200
"""Names in the choice."""
Write = Callable[[Iterator[AuditEvent]], AsyncIterator[str]]
FORMATS: dict[str, tuple[str, Write]] = {
    "csv": ("text/csv; charset=utf-8", as_csv),
    "json": ("application/json", as_json),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """The filters as they stand in the address; what makes no sense there is as if it were not."""

    workspace: str = ""
    what: str = ""
    who: str = ""
    since: str = ""
    until: str = ""
    q: str = ""
    filters: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, request: PageRequest) -> Wanted:
        get = request.GET
        since, until = _day(get.get("since", "")), _day(get.get("until", ""))
        texts = {name: get.get(name, "").replace("\0", "\ufffd")[:100] for name in ("workspace", "what", "who", "q")}
        texts["who"] = texts["who"] if request.actor.is_staff else ""
        filters = {
            "workspace": texts["workspace"],
            "action": actions_of(texts["what"]),
            "who": texts["who"],
            "since": since,
            "until": until + timedelta(days=1) if until else None,
            "text": texts["q"],
        }
        days = {"since": f"{since:%Y-%m-%d}" if since else "", "until": f"{until:%Y-%m-%d}" if until else ""}
        return cls(**texts, **days, filters=filters)

    @property
    def narrows(self) -> bool:
        return any(self.filters.values())

    def query(self, **more: object) -> str:
        """These filters and `more` as the part of an address behind its question mark."""
        names = ("workspace", "what", "who", "since", "until", "q")
        fields = {name: getattr(self, name) for name in names} | more
        return urlencode({name: value for name, value in fields.items() if value})


@require_safe
@never_cache
def audit(request: PageRequest) -> HttpResponse:
    """The newest events that fit; with `before` older ones, for htmx only these."""
    signed_in(request.actor)
    wanted, before = Wanted.of(request), Place.read(request.GET.get("before", ""))
    workspace = _workspace(request, wanted)
    if workspace is not None and before is None:
        history_wanted(workspace)  # what was typed since comes up by itself, a moment later
    found = events_for(request.actor, **wanted.filters, before=before, limit=PER_PAGE + 1)
    events, more = found[:PER_PAGE], len(found) > PER_PAGE
    last = Place.of(events[-1]) if events else None
    context = {
        "wanted": wanted,
        "events": [shown_event(event) for event in events],
        "before": before,
        "older": wanted.query(before=last) if more else "",
        "tail": "" if before else _tail(wanted, events, last if more and last else _early(events)),
        "export": wanted.query(),
    }
    if before and "HX-Request" in request.headers:
        return render(request, "workspaces/_audit_older.html", context)
    choices = {"groups": GROUPS, "workspaces": _choices(request, wanted, workspace), "workspace": workspace}
    return render(request, "workspaces/audit.html", context | choices)


@require_safe
@never_cache
def newest(request: PageRequest) -> HttpResponse:
    """The events down to `down_to` once more, when there are others than the page `have`; 204 when not."""
    signed_in(request.actor)
    wanted, down_to = Wanted.of(request), Place.read(request.GET.get("down_to", ""))
    events = events_for(request.actor, **wanted.filters, down_to=down_to, limit=MOST_NEW)
    if _have(events) == request.GET.get("have", ""):
        return HttpResponse(status=204)
    full = len(events) == MOST_NEW
    tail = "" if full else _tail(wanted, events, down_to or _early(events))
    context = {"wanted": wanted, "events": [shown_event(event) for event in events], "tail": tail, "full": full}
    return render(request, "workspaces/_audit_newest.html", context)


@require_safe
@never_cache
def export(request: PageRequest, kind: str) -> StreamingHttpResponse:
    """All events that fit, as a file."""
    signed_in(request.actor)
    content_type, write = FORMATS[kind]
    name = f"audit-{timezone.now():%Y-%m-%d}.{kind}"
    return StreamingHttpResponse(
        write(events_export(request.actor, **Wanted.of(request).filters)),
        content_type=content_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"},
    )


def _early(events: list[AuditEvent]) -> Place:
    """From where on new events are looked for when all are shown: one may be written a little after its time."""
    return Place((events[-1].at if events else timezone.now()) - LATE, 0)


def _tail(wanted: Wanted, events: list[AuditEvent], down_to: Place) -> str:
    return wanted.query(down_to=down_to, have=_have(events))


def _have(events: list[AuditEvent]) -> str:
    """What tells one list from another: events are added, some of them late, and none goes or changes."""
    return f"{len(events)}-{events[0].pk}" if events else "0"


def _day(text: str) -> datetime | None:
    """The beginning of a day written as 2026-05-31."""
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return datetime.combine(day, time.min, tzinfo=UTC) if day and 1970 < day.year < 9999 else None


def _workspace(request: PageRequest, wanted: Wanted) -> Workspace | None:
    """The workspace that is asked for, when it is there and the actor may see it."""
    try:
        return workspace_get(request.actor, wanted.workspace) if wanted.workspace else None
    except NotFound:
        return None


def _choices(request: PageRequest, wanted: Wanted, workspace: Workspace | None) -> list[tuple[str, str]]:
    """Public id and name of the actor's workspaces, and of the one that is asked for, which may be gone by now."""
    mine = workspaces_for(request.actor).order_by("name").values_list("public_id", "name")[:MOST_WORKSPACES]
    choices = dict(mine)
    if wanted.workspace and wanted.workspace not in choices:
        choices[wanted.workspace] = workspace.name if workspace else wanted.workspace
    return list(choices.items())
