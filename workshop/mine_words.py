"""What participants are told of their seat, in sentences."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from workshop.models import Claim, Workshop


def hand_says(claim: Claim, before: int | None) -> str:
    """The state of their hand in a sentence."""
    if before is None:
        return _("Need help? Raise your hand; the leader sees it at once.")
    if before == 0:
        return _("Your hand is up, and you are next.")
    text = ngettext(
        "Your hand is up. %(n)d person is before you.", "Your hand is up. %(n)d people are before you.", before
    )
    return text % {"n": before}


def over_says(claim: Claim) -> str:
    """What happened to a seat that is over."""
    if claim.state == Claim.State.LEFT:
        return _("You were no longer in the waiting room when your turn came.")
    return {
        Claim.Because.LEADER: _("The leader has released your seat."),
        Claim.Because.NO_SHOW: _("Your seat had not been opened for a while, so it was given to somebody else."),
        Claim.Because.MOVED: _("The leader has given you another seat."),
    }.get(Claim.Because(claim.released_because or "end"), _("The workshop is over."))


def over_todo(*, has_link: bool, reopened: bool) -> str:
    """What can be done then: with a link to what was left, or where seats can be taken again."""
    if has_link:
        return _("What you left is kept for a while. Fetch what you want to keep.")
    if reopened:
        return _("You can take a seat again; it begins as it was prepared.")
    return _("If you miss something of your work, ask the leader: it is kept with them for a while.")


def ends_say(workshop: Workshop) -> list[str]:
    """What becomes of a seat when the workshop is over."""
    if workshop.at_end == Workshop.AtEnd.KEEP:
        return [_("When the workshop is over, your workspace stays as it is.")]
    if workshop.at_end == Workshop.AtEnd.DELETE:
        return [_("When the workshop is over, your workspace is deleted at once. Download your work before that.")]
    text = ngettext(
        "When the workshop is over, your workspace is stopped, and deleted %(n)d hour later.",
        "When the workshop is over, your workspace is stopped, and deleted %(n)d hours later.",
        workshop.grace_hours,
    )
    return [text % {"n": workshop.grace_hours}, _("Until then you can download your work.")]
