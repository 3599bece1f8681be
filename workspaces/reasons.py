"""Why work on a workspace failed, in words.

A worker speaks for nobody in particular, so rows keep these texts in English; pages say them in the reader's language.
"""

from __future__ import annotations

import re
from functools import lru_cache

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

AGAIN = _("This did not work; it is tried again.")
TOO_LONG = _("It took too long. Try again, or ask the administrator.")
LOST = _("The work on it was lost. Start it again; your files are safe.")
BUG = _("An error inside the platform; its log says more.")
ENGINE_SILENT = _("The engine that runs workspaces did not answer: %(text)s")
ENGINE_REFUSED = _("The engine that runs workspaces refused: %(text)s")
MEMORY_AT_START = _("It ran out of memory (%(limit)s MiB) while starting.")
ENDED_AT_START = _("The app ended while it was starting. Its last words: %(log)s")
SILENT_AT_START = _("The app did not answer within %(minutes)s minutes. Its last words: %(log)s")
CONTAINER_GONE = _("Its container was removed from outside. Your files are safe; starting makes a new one.")
MEMORY = _("It needed more than its %(limit)s MiB of memory and was ended.")
ENDED_OUTSIDE = _("It was ended from outside, as at a restart of the machine. Your files are safe.")
ENDED = _("The app ended by itself (exit code %(code)s).")
UNUSED = _("Nobody had used it for %(time)s.")
CLONE_FAILED = _("The repository could not be cloned. git said: %(log)s")
CLONE_NOT_EMPTY = _("The repository could not be cloned: %(path)s holds something else already, or is a link.")
CLONE_TOO_LONG = _("The repository could not be cloned within %(minutes)s minutes.")
CLONE_NO_ROOM = _("The repository could not be written: %(log)s")
SETUP_UNREADABLE = _("What was to be put into it cannot be read any more. Delete it and make a new one.")
SNAPSHOT_FAILED = _("What it is a copy of could not be copied: %(text)s")
SNAPSHOT_NOTHING = _("It has never run, so there is nothing to copy. Start it once, and try again.")
SNAPSHOT_SOURCE_GONE = _("The workspace it was to be a copy of is gone.")
SNAPSHOT_GONE = _("What it was made of is not on this machine any more, so it cannot be made anew.")

TEXTS = (
    AGAIN,
    TOO_LONG,
    LOST,
    BUG,
    ENGINE_SILENT,
    ENGINE_REFUSED,
    MEMORY_AT_START,
    ENDED_AT_START,
    SILENT_AT_START,
    CONTAINER_GONE,
    MEMORY,
    ENDED_OUTSIDE,
    ENDED,
    UNUSED,
    CLONE_FAILED,
    CLONE_NOT_EMPTY,
    CLONE_TOO_LONG,
    CLONE_NO_ROOM,
    SETUP_UNREADABLE,
    SNAPSHOT_FAILED,
    SNAPSHOT_NOTHING,
    SNAPSHOT_SOURCE_GONE,
    SNAPSHOT_GONE,
)
_GAP = re.compile(r"%\((\w+)\)s")


def reason_shown(text: str) -> str:
    """`text` of a row in the language that is active; as it is when it is none of ours, such as a build's output."""
    for known in TEXTS:
        if found := _pattern(known).fullmatch(text):
            return gettext(known) % {gap: reason_shown(words) for gap, words in found.groupdict().items()}
    return text


@lru_cache(maxsize=len(TEXTS))
def _pattern(known: str) -> re.Pattern[str]:
    """What fits `known` with anything in its gaps."""
    parts = _GAP.split(known)  # words, name, words, name, … words
    gaps = (f"(?P<{part}>.*)" if at % 2 else re.escape(part) for at, part in enumerate(parts))
    return re.compile("".join(gaps), re.DOTALL)
