"""The content of pushed files, sealed in their rows: path below /workspace → bytes."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Mapping

from workshop.models import Push
from workspaces.problems import Failed
from workspaces.sealing import Unreadable, seal, unseal

_lock = threading.Lock()
_last: tuple[str, dict[str, bytes]] | None = None
"""Of the push that was read last: thirty seats ask for the same, and opening it takes longer than sending it."""


def files_seal(files: Mapping[str, bytes]) -> str:
    """Text for a `*_sealed` column, "" for no files."""
    texts = {path: base64.b64encode(content).decode() for path, content in files.items()}
    return seal(json.dumps(texts)) if texts else ""


def files_unseal(sealed: str) -> dict[str, bytes]:
    """What was sealed. Raises `Failed` (UNREADABLE) when the site's key has changed since."""
    try:
        texts = json.loads(unseal(sealed) or "{}")
    except Unreadable:
        raise Failed("UNREADABLE", "") from None
    return {path: base64.b64decode(text) for path, text in texts.items()}


def files_of(push: Push) -> dict[str, bytes]:
    """The files of a push. Raises `Failed` (FORGOTTEN) when they are no longer kept."""
    global _last
    with _lock:
        if _last is None or _last[0] != str(push.pk):
            sealed = Push.objects.values_list("files_sealed", flat=True).get(pk=push.pk)
            if not sealed:
                raise Failed("FORGOTTEN", "")
            _last = str(push.pk), files_unseal(sealed)
        return _last[1]


def files_forget() -> None:
    """Nothing is remembered any more: all that was to be pushed is."""
    global _last
    with _lock:
        _last = None
