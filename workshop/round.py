"""What workshops do by themselves, every ten seconds. Each step is safe twice, late, and when the one before failed."""

from __future__ import annotations


def workshops_round() -> None:
    """Afterwards whatever was due has been asked for."""
