"""Putting files, or running a command, at many seats at once. Requests write rows; `workshop.pushing` carries them out.

No participant's change is lost: a file that is there and is not what the leader prepared or put there before is left
as it is, or kept under another name, as `existing` says.
"""

from workshop.services.pushing.asking import push_command, push_files, push_retry, push_undo
from workshop.services.pushing.chosen import ALL, CLAIMED, MOST_BYTES, MOST_FILES, Which
from workshop.services.pushing.finding import push_get, push_results, pushes_of

__all__ = [
    "ALL",
    "CLAIMED",
    "MOST_BYTES",
    "MOST_FILES",
    "Which",
    "push_command",
    "push_files",
    "push_get",
    "push_results",
    "push_retry",
    "push_undo",
    "pushes_of",
]
