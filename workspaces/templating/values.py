"""What may stand at each key of a template. Every function gives the value of a node, or raises `Wrong`."""

from __future__ import annotations

import ipaddress
import re
from typing import cast

import yaml
from django.utils.translation import gettext as _

from workspaces.templating.kinds import kind_named
from workspaces.templating.preset import NetworkMode

NAME = re.compile(r"[a-zA-Z0-9_-]{1,40}")
SIZE = re.compile(r"(\d{1,12}(?:\.\d{1,6})?)([kmg])b?", re.IGNORECASE)
BYTES = re.compile(r"\d{1,18}")
CPUS = re.compile(r"\d{1,6}(?:\.\d{1,6})?")
RANGE = re.compile(r"[0-9.]+/\d{1,2}")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
MIB = 1024**2
UNITS = {"k": 1024, "m": MIB, "g": 1024**3}
NETWORK_MODES = ("internet", "lan", "none")
MOST_RANGES = 64
MOST_DESCRIPTION = 200
MOST_PATH = 300
MOST_MINUTES = 60 * 24 * 366


class Wrong(Exception):
    """What stands at `node` cannot be; the text is for a person."""

    def __init__(self, node: yaml.Node, message: str) -> None:
        super().__init__(message)
        self.node = node
        self.message = message


def text(node: yaml.Node) -> str:
    """A line of text. What YAML takes for a number, a date, a yes or nothing has to be in quotes to be one."""
    if not isinstance(node, yaml.ScalarNode):
        raise Wrong(node, _("Text is expected here."))
    if _tag(node) == "null":
        raise Wrong(node, _("There is no value. Write one, or leave the key out."))
    if _tag(node) != "str":
        raise Wrong(node, _('Text is expected here. Put it in quotes: "%(value)s".') % {"value": node.value[:40]})
    value = str(node.value).strip()
    if CONTROL.search(value):
        raise Wrong(node, _("Text of one line, without control characters, is expected here."))
    return value


def name(node: yaml.Node) -> str:
    """What the template is called."""
    value = text(node)
    if not NAME.fullmatch(value):
        raise Wrong(node, _("A name has 1 to 40 letters (a–z), digits, “-” or “_”."))
    return value


def description(node: yaml.Node) -> str:
    """One sentence."""
    value = text(node)
    if len(value) > MOST_DESCRIPTION:
        raise Wrong(node, _("The description takes at most %(most)d characters.") % {"most": MOST_DESCRIPTION})
    return value


def boolean(node: yaml.Node) -> bool:
    """true or false, and none of YAML's other words for them."""
    if _scalar(node) not in ("true", "false") or _tag(node) != "bool":
        raise Wrong(node, _("Write true or false."))
    return _scalar(node) == "true"


def memory_mb(node: yaml.Node) -> int:
    """In MiB; written with a unit, or as a number of bytes."""
    value = _scalar(node)
    if sized := SIZE.fullmatch(value):
        size = int(float(sized[1]) * UNITS[sized[2].lower()])
    elif BYTES.fullmatch(value) and _tag(node) == "int":
        size = int(value)
    else:
        raise Wrong(node, _("Write a size with its unit, such as 512m or 2g."))
    if not MIB <= size <= 2**31 * MIB:
        raise Wrong(node, _("No workspace has that size. Write a size with its unit, such as 512m or 2g."))
    return size // MIB


def cpus(node: yaml.Node) -> float:
    """Cores, and parts of one."""
    value = _scalar(node)
    if _tag(node) not in ("int", "float") or not CPUS.fullmatch(value) or float(value) <= 0:
        raise Wrong(node, _("Write a number of cores above 0, such as 1 or 0.5."))
    return float(value)


def kind(node: yaml.Node) -> str:
    """Slug of the kind that is named, by itself or by its image."""
    value = text(node)
    found = kind_named(value)
    if found is None:
        raise Wrong(node, _("There is no kind of workspace called “%(kind)s”.") % {"kind": value[:40]})
    return found.slug


def network_mode(node: yaml.Node) -> NetworkMode:
    """What a workspace can reach."""
    value = _scalar(node)
    if value not in NETWORK_MODES:
        raise Wrong(node, _("Write one of: %(modes)s.") % {"modes": ", ".join(NETWORK_MODES)})
    return cast(NetworkMode, value)


def ranges(node: yaml.Node) -> list[str]:
    """IPv4 ranges, each once, in the order of the text."""
    if not isinstance(node, yaml.SequenceNode):
        raise Wrong(node, _("A list is expected here, such as [10.0.0.0/8, 192.168.0.0/16]."))
    if len(node.value) > MOST_RANGES:
        raise Wrong(node, _("At most %(most)d ranges fit into a template.") % {"most": MOST_RANGES})
    return list(dict.fromkeys(_range(item) for item in node.value))


def _range(node: yaml.Node) -> str:
    value = _scalar(node)
    try:
        network = ipaddress.IPv4Interface(value).network if RANGE.fullmatch(value) else None
    except ValueError:
        network = None
    if network is None:
        raise Wrong(node, _("Write a range of IPv4 addresses, such as 10.0.0.0/8."))
    if str(network) != value:
        raise Wrong(
            node, _("This is an address within a range. Write the range itself: %(range)s.") % {"range": network}
        )
    return value


def minutes(node: yaml.Node) -> int:
    """A time; 0 for never."""
    value = _scalar(node)
    if _tag(node) != "int" or not value.isdecimal() or int(value) > MOST_MINUTES:
        raise Wrong(node, _("Write a number of minutes, or 0 for never."))
    return int(value)


def path_below_workspace(node: yaml.Node) -> str:
    """A relative path that stays where it begins; written without needless parts."""
    value = text(node)
    parts = [part for part in value.split("/") if part not in ("", ".")]
    if value.startswith(("/", "~")) or "\\" in value or ".." in parts or not parts or len(value) > MOST_PATH:
        raise Wrong(node, _("Write a path inside of /workspace without a slash before it, such as repo or src/app."))
    return "/".join(parts)


def _scalar(node: yaml.Node) -> str:
    """The characters of a value as they were written, '' when it is a list or has keys of its own."""
    return str(node.value) if isinstance(node, yaml.ScalarNode) else ""


def _tag(node: yaml.Node) -> str:
    """What YAML takes it for: str, int, float, bool, null, timestamp …"""
    return node.tag.rpartition(":")[2]
