"""Carrying out pushes: what the worker does at each seat, one task each, a few seats at a time.

The rows say what is to be done; a task that is lost, or whose worker was killed, is sent again by `pushes_resend`.
"""

from workshop.pushing.performing import result_perform
from workshop.pushing.sending import push_send, pushes_resend

__all__ = ["push_send", "pushes_resend", "result_perform"]
