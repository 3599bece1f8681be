"""How much memory a seat can be given, as a choice."""

from __future__ import annotations

from django.utils.translation import gettext as _

from spaces_site.errors import Invalid
from workspaces.engine_state import engine_info

STEPS_MB = (512, 1024, 2048, 3072, 4096, 6144, 8192, 12288, 16384, 32768)
MIB = 1024**2


def memory_choices(now_mb: int) -> list[int]:
    """MiB, the present size among them; none that the machine does not have."""
    info = engine_info()
    most = info.memory_bytes // MIB if info else STEPS_MB[-1]
    return sorted({step for step in STEPS_MB if step <= most} | ({now_mb} if now_mb else set()))


def memory_read(text: str) -> int:
    """Raises `Invalid` for what is no number of MiB."""
    if not (text.isascii() and text.isdigit() and len(text) <= 7):
        wrong = _("Choose how much.")
        raise Invalid(wrong, code="MEMORY_INVALID", details={"memory_mb": wrong})
    return int(text)
