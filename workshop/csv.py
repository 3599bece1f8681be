"""Claims as CSV (RFC 4180), every cell quoted, with the columns that programs which read it know."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from workshop.keys import seat_address
from workshop.models import Claim, Workshop
from workspaces.audit_export import FORMULA_BEGINS

COLUMNS = ("Name", "E-Mail", "Workspace", "URL", "Registriert")
"""As their readers have them, whatever the language."""


def claims_csv(workshop: Workshop) -> str:
    """Who has a seat now, by when they got it: a head line, then a line for each, ended by CR LF. Times in UTC."""
    active = Claim.objects.filter(workshop=workshop, state=Claim.State.ACTIVE).order_by("claimed_at", "pk")
    text = io.StringIO()
    rows = csv.writer(text, quoting=csv.QUOTE_ALL)
    rows.writerow(COLUMNS)
    rows.writerows(_row(claim) for claim in active.select_related("workspace"))
    return text.getvalue()


def _row(claim: Claim) -> Iterable[str]:
    workspace = claim.workspace.name if claim.workspace else claim.workspace_name
    at = claim.claimed_at or claim.joined_at
    return map(harmless, (claim.name, claim.email, workspace, seat_address(claim.key_sealed), at.isoformat()))


def harmless(cell: str) -> str:
    """What a spreadsheet would take for a formula, also behind spaces, is text to it with an apostrophe in front."""
    begins = cell.lstrip(" ").startswith(FORMULA_BEGINS) or cell.startswith(FORMULA_BEGINS)
    return f"'{cell}" if begins else cell
