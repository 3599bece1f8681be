"""The row of a workshop, locked: whoever gives, takes or makes its seats waits there for the others."""

from __future__ import annotations

from workshop.models import Workshop


def workshop_lock(workshop_id: int) -> Workshop:
    """The workshop as it is now, nobody else's to the end of the transaction. Raises `Workshop.DoesNotExist`.

    Locked before the owner's row, never after it. SQLite has no row locks; there every transaction excludes every other
    writer.
    """
    rows = Workshop.objects.select_for_update(of=("self",))
    return rows.select_related("owner", "source", "snapshot", "group").get(pk=workshop_id)
