"""Tells a person's messages on a websocket from those that a forgotten page sends for ever. Pure: times are given.

What a program sends by itself comes at a steady beat with the same length: keep-alives, polling, acknowledgements of a
clock. A person's messages come when they come. A single hiccup of the network, or a laptop that slept, breaks a beat
once or twice, so it takes several messages off the beat within minutes.
"""

from __future__ import annotations

from collections import deque

SETTLING_SECONDS = 30.0
"""A page that (re)connects says many things once; until then only its beats are learnt."""
ENOUGH = 5
WITHIN_SECONDS = 300.0
_PAUSES_KEPT = 8
_LENGTHS_KEPT = 64


class Beats:
    """What one websocket sends, opened at `now` (seconds of any clock that goes forward)."""

    def __init__(self, now: float) -> None:
        self._opened = now
        self._last: dict[int, float] = {}
        self._pauses: dict[int, deque[float]] = {}
        self._off: deque[float] = deque(maxlen=ENOUGH)

    def heard(self, length: int, now: float) -> bool:
        """Take in a message of `length` bytes or characters; whether a person seems to be there."""
        if not self._is_off(length, now) or now - self._opened < SETTLING_SECONDS:
            return False
        self._off.append(now)
        return len(self._off) == ENOUGH and now - self._off[0] <= WITHIN_SECONDS

    def _is_off(self, length: int, now: float) -> bool:
        """Whether it comes after a pause that none of the last messages of its length came after."""
        if length not in self._last and len(self._last) >= _LENGTHS_KEPT:
            oldest = min(self._last, key=self._last.__getitem__)
            del self._last[oldest], self._pauses[oldest]
        before = self._last.get(length)
        self._last[length] = now
        pauses = self._pauses.setdefault(length, deque(maxlen=_PAUSES_KEPT))
        if before is None:
            return True
        pause = now - before
        off = not any(_similar(pause, known) for known in pauses)
        pauses.append(pause)
        return off


def _similar(one: float, other: float) -> bool:
    """As near as a timer and a network in order keep to a beat."""
    return abs(one - other) <= 0.03 + 0.15 * other
