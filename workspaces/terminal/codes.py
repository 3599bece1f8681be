"""The codes that websockets of terminals are closed with; those below 4000 are of RFC 6455."""

from __future__ import annotations

ENDED = 1000
"""The shell has ended."""
TOO_LARGE = 1009
TROUBLE = 1011
COME_AGAIN = 1013
"""Something is away or under way; a moment later it works."""
SIGNED_OUT = 4401
NOT_YOURS = 4403
"""Who may only look at the workspace."""
UNKNOWN = 4404
SLOW = 4408
"""It took no output while others did; who comes again gets the screen as it is then."""
NOT_RUNNING = 4409
TOO_MANY = 4429
