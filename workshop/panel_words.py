"""The texts of a participant's panel that do not change, in the language that is active."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from workshop.services.hands import NOTE_MOST

WARNS_AT_MINUTES = (15, 5)


def panel_words() -> dict[str, Any]:
    """`{time}` stands for a span or a time of day, which the browser writes. With the numbers that the panel needs."""
    return {
        "seat": _("Your seat"),
        "looking": _("Looking in"),
        "open": _("Workshop: help, messages and time"),
        "new": _("new message"),
        "hand_is_up": _("hand raised"),
        "close": _("Close"),
        "small": _("Make it small"),
        "large": _("Show the words again"),
        "aside": _("Move it aside"),
        "help": _("Help"),
        "question": _("Your question, if you like"),
        "raise": _("Raise my hand"),
        "lower": _("Lower my hand"),
        "change": _("Change the question"),
        "looked": _("{name} looked in at {time}."),
        "messages": _("From the leader"),
        "no_messages": _("No messages so far."),
        "message": _("Message from the leader"),
        "got_it": _("Got it"),
        "closes": _("The workshop closes in {time}."),
        "closed": _("The time is up."),
        "left": _("{time} left"),
        "save": _("Download what you want to keep; your seat’s page says until when it is there."),
        "work": _("Download my work"),
        "page": _("My seat’s page"),
        "workshop": _("To the workshop"),
        "reset": _("Reset to the beginning …"),
        "reset_title": _("Reset to the beginning?"),
        "reset_text": _(
            "Your workspace will be as it was when you came: your files and all that you have installed are gone from "
            "it. A copy is kept with the leader, who can bring it back."
        ),
        "reset_yes": _("Reset"),
        "reset_no": _("Keep working"),
        "remade": _("Your workspace is being reset."),
        "over": _("This seat is not yours any more."),
        "over_more": _("Your seat’s page says what happened, and what you can do."),
        "failed": _("That did not work. Try again in a moment."),
        "note_most": NOTE_MOST,
        "warns_at": list(WARNS_AT_MINUTES),
    }
