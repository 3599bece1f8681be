"""Audit events as CSV (RFC 4180) and JSON, piece by piece: any number of them takes no more memory than a few."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import islice

from channels.db import database_sync_to_async
from django.utils import translation

from accounts.models import AuditEvent
from workspaces.audit_words import sentence

PIECE = 500
COLUMNS = ("time", "action", "what", "who", "workspace", "workspace_name", "address", "request_id", "details")
FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r", "\n")


async def pieces(events: Iterator[AuditEvent], written: Callable[[Iterator[AuditEvent]], str]) -> AsyncIterator[str]:
    """The events as text, some at a time, each lot read in a thread and written in the language of who asks."""
    language = translation.get_language()

    def piece() -> str:
        with translation.override(language):
            return written(islice(events, PIECE))

    while text := await database_sync_to_async(piece)():
        yield text


async def as_csv(events: Iterator[AuditEvent]) -> AsyncIterator[str]:
    """A head line, then a line for each event."""
    yield _lines([COLUMNS])
    async for text in pieces(events, lambda some: _lines(map(_row, some))):
        yield text


async def as_json(events: Iterator[AuditEvent]) -> AsyncIterator[str]:
    """One array; each event on a line of its own."""
    separator = "[\n"
    async for text in pieces(events, lambda some: ",\n".join(map(_object, some))):
        yield separator + text
        separator = ",\n"
    yield "[]\n" if separator == "[\n" else "\n]\n"


def _row(event: AuditEvent) -> tuple[str, ...]:
    details = json.dumps(event.meta, ensure_ascii=False) if event.meta else ""
    names = (event.workspace, event.workspace_name, event.address or "", event.request_id)
    return (event.at.isoformat(), event.action, str(sentence(event.action)), event.actor_name, *names, details)


def _lines(rows: Iterator[tuple[str, ...]] | list[tuple[str, ...]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([_harmless(cell) for cell in row] for row in rows)  # ends lines with CR LF by itself
    return text.getvalue()


def _harmless(cell: str) -> str:
    """What a spreadsheet would take for a formula is text to it with an apostrophe in front."""
    return f"'{cell}" if cell.startswith(FORMULA_BEGINS) else cell


def _object(event: AuditEvent) -> str:
    found = {
        "time": event.at.isoformat(),
        "action": event.action,
        "what": str(sentence(event.action)),
        "who": event.actor_name,
        "workspace": event.workspace,
        "workspace_name": event.workspace_name,
        "address": event.address,
        "request_id": event.request_id,
        "details": event.meta,
    }
    return json.dumps(found, ensure_ascii=False)
