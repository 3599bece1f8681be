"""Carrying out rehearsals: short steps, one task after the other, each of which begins with what the row says.

So no thread of the worker is held while seats are made, and one that is killed is taken up where it was.
"""

from workshop.rehearsing.performing import rehearsal_send, rehearsal_step, rehearsals_resend

__all__ = ["rehearsal_send", "rehearsal_step", "rehearsals_resend"]
