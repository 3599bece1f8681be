"""Claims as a file for a spreadsheet (RFC 4180), without the addresses that open a seat."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import datetime

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.audit import audit
from workshop.csv import harmless
from workshop.models import Claim


def claims_csv(actor: Actor, claims: QuerySet[Claim]) -> HttpResponse:
    """Those claims as a download, which is written down for each leader, since it names people. Which ones is the
    caller's to check."""
    found = list(claims.select_related("workshop", "seat").order_by("workshop", "joined_at", "pk"))
    for workshop, count in Counter(claim.workshop for claim in found).items():
        audit(actor, "workshop.export", owner_id=workshop.owner_id, workshop=workshop.slug, count=count)
    rows = [_row(claim) for claim in found]
    text = io.StringIO()
    written = csv.writer(text, quoting=csv.QUOTE_ALL)  # ends lines with CR LF by itself
    written.writerow(_head())
    written.writerows([harmless(cell) for cell in row] for row in rows)
    name = f"claims-{timezone.now():%Y-%m-%d}.csv"
    return HttpResponse(
        "\ufeff" + text.getvalue(),  # by which spreadsheets know the letters
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"},
    )


def _head() -> list[str]:
    return [
        _("Workshop"), _("Name"), _("E-mail"), _("Seat"), _("Workspace"), _("Status"), _("Came"), _("Claimed"),
        _("First opened"), _("Released"), _("Why"),
    ]  # fmt: skip


def _row(claim: Claim) -> list[str]:
    times = (claim.joined_at, claim.claimed_at, claim.opened_at, claim.released_at)
    came, claimed, opened, released = (_time(at) for at in times)
    seat = str(claim.seat.number) if claim.seat else ""
    who = [claim.workshop.title, claim.name, claim.email, seat, claim.workspace_name]
    return [*who, claim.get_state_display(), came, claimed, opened, released, claim.get_released_because_display()]


def _time(at: datetime | None) -> str:
    return timezone.localtime(at).isoformat(sep=" ", timespec="seconds") if at else ""
