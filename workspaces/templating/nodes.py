"""The text of a template as a tree of YAML, every node of which knows its place. Refuses what a preset never needs."""

from __future__ import annotations

import yaml
from django.utils.translation import gettext as _

from workspaces.templating.preset import Mistake
from workspaces.templating.yaml_words import yaml_words

MOST_BYTES = 16 * 1024
DEEPEST = 8
"""Far more than the keys need, and far less than what makes a parser run out of stack."""


class Unreadable(Exception):
    """The text is no YAML, or uses a part of it that templates do not."""

    def __init__(self, mistake: Mistake) -> None:
        super().__init__(mistake.message)
        self.mistake = mistake


def mistake_at(text: str, index: int, message: str) -> Mistake:
    """A mistake at the character `index` of `text`, in lines as an editor counts them."""
    index = min(index, len(text))
    begin = text.rfind("\n", 0, index) + 1
    return Mistake(text.count("\n", 0, begin) + 1, index - begin + 1, message)


def node_read(text: str) -> yaml.MappingNode:
    """The tree of `text`. Raises `Unreadable`, and nothing else whatever the text is."""
    if len(text.encode(errors="replace")) > MOST_BYTES:
        raise Unreadable(Mistake(1, 1, _("The template is longer than %(most)d KiB.") % {"most": MOST_BYTES // 1024}))
    try:
        _check_parts(text)
        root = yaml.compose(text, yaml.SafeLoader)
    except yaml.reader.ReaderError as error:
        raise Unreadable(mistake_at(text, error.position, _("This character may not stand in a template."))) from None
    except yaml.MarkedYAMLError as error:
        words, index = yaml_words(error)
        raise Unreadable(mistake_at(text, index, words)) from None
    except (yaml.YAMLError, ValueError, OverflowError):  # of escapes such as "\UFFFFFFFF", which PyYAML lets through
        raise Unreadable(Mistake(1, 1, _("This is not YAML."))) from None
    if not isinstance(root, yaml.MappingNode):
        index = root.start_mark.index if root else 0
        raise Unreadable(mistake_at(text, index, _("A template is a list of keys with values, such as “name: small”.")))
    return root


def _check_parts(text: str) -> None:
    """Raises `Unreadable` at the first part that is refused, before a tree is made: trees of these may be endless."""
    depth = documents = 0
    for event in yaml.parse(text, yaml.SafeLoader):
        refused = ""
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            refused = _("A template is one document; nothing may follow “---”.") if documents > 1 else ""
        elif isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            refused = _("Anchors (&) and aliases (*) are not used in templates. Put text in quotes.")
        elif getattr(event, "tag", None):
            refused = _("Tags (!) are not used in templates. Put text in quotes.")
        elif isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            refused = _("This is nested too deeply.") if depth > DEEPEST else ""
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if refused:
            raise Unreadable(mistake_at(text, event.start_mark.index if event.start_mark else 0, refused))
