"""An audit event as pages and exports show it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import AuditEvent
from accounts.selectors import Place
from workspaces.audit_words import DETAILS, SHOWN_FIRST, Text, icon_of, sentence

LONGEST_DETAIL = 2000
"""Characters of one detail that a page shows; an export has all."""


@dataclass(frozen=True, slots=True)
class ShownEvent:
    """`main`: the detail that says most; `details`: label and text of each, where it was asked from at the end."""

    pk: int
    place: str
    at: datetime
    what: Text
    icon: str
    who: str
    workspace: str
    workspace_name: str
    main: str
    is_code: bool
    details: list[tuple[Text, str]]


def shown_event(event: AuditEvent) -> ShownEvent:
    """The event in the reader's language."""
    meta = event.meta if isinstance(event.meta, dict) else {"details": event.meta}
    main = next((key for key in SHOWN_FIRST if meta.get(key)), "")
    return ShownEvent(
        pk=event.pk,
        place=str(Place.of(event)),
        at=event.at,
        what=sentence(event.action),
        icon=icon_of(event.action),
        who=who_of(event),
        workspace=event.workspace,
        workspace_name=event.workspace_name or event.workspace,
        main=_text(meta[main]) if main else "",
        is_code=main in ("command", "path"),
        details=list(_details(event, meta)),
    )


def who_of(event: AuditEvent) -> str:
    """The name of who did it, as it was then."""
    if event.action == "shell.command":
        return _("Somebody in its shell")  # the shell does not know who
    if event.actor_id is None and event.actor_name == "system":
        return _("The platform")
    return event.actor_name or _("A visitor")


def _details(event: AuditEvent, meta: dict[str, Any]) -> Iterator[tuple[Text, str]]:
    yield _("time"), date_format(timezone.localtime(event.at), "DATETIME_FORMAT") + " UTC"
    for key, value in meta.items():
        if value not in ("", None, [], {}):
            yield DETAILS.get(key, key), _text(value)
    if event.address:
        yield _("address"), event.address
    if event.request_id:
        yield _("request"), event.request_id


def _text(value: object) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        text = ", ".join(value)
    else:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_DETAIL else f"{text[:LONGEST_DETAIL]} …"
