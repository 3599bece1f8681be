"""From the text of a template to a preset, or to everything that is wrong with it."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Any

import yaml
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from spaces_site.errors import Invalid
from workspaces.templating import values
from workspaces.templating.nodes import Unreadable, mistake_at, node_read
from workspaces.templating.preset import Mistake, Preset, Reading

Check = Callable[[yaml.Node], Any]
KEYS: dict[str, Check | dict[str, Check]] = {
    "name": values.name,
    "description": values.description,
    "managed": values.boolean,
    "resources": {"memory": values.memory_mb, "cpus": values.cpus, "gpu": values.boolean, "image": values.kind},
    "security": {"writableRootfs": values.boolean},
    "network": {"mode": values.network_mode, "blockCidrs": values.ranges},
    "workspace": {"defaultRepoDest": values.path_below_workspace},
    "desktop": {"menu": values.boolean},
    "idle": {"pauseMinutes": values.minutes, "stopMinutes": values.minutes},
}
"""All keys there are. `managed` is another system's mark for its own templates; here it says nothing."""
MOST_MISTAKES = 50


def template_parse(text: str) -> Preset:
    """What `text` (YAML) says. Raises `Invalid` (TEMPLATE_INVALID) with all that is wrong: "line 3" → a sentence."""
    reading = template_read(text)
    if reading.preset is None:
        raise invalid(reading.mistakes)
    return reading.preset


def template_mistakes(text: str) -> list[Mistake]:
    """All that is wrong with `text`, in its order; nothing when `template_parse` reads it."""
    return template_read(text).mistakes


def template_read(text: str) -> Reading:
    """Preset or mistakes, and where each key stands. Raises nothing, whatever `text` is."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")  # as an editor counts lines
    try:
        root = node_read(text)
    except Unreadable as error:
        return Reading(None, [error.mistake])
    walk = _Walk(text)
    found = walk.mapping(root, KEYS)
    if "name" not in walk.lines:
        walk.mistakes.append(Mistake(1, 1, _("There is no name. Begin with a line such as “name: small”.")))
    if walk.mistakes:
        return Reading(None, sorted(walk.mistakes)[:MOST_MISTAKES], walk.lines)
    return Reading(_preset(found), [], walk.lines)


def invalid(mistakes: list[Mistake]) -> Invalid:
    """The error that says them all; its message is the first one."""
    details: dict[str, str] = {}
    for mistake in mistakes:
        line = f"line {mistake.line}"
        details[line] = f"{details[line]} {mistake.message}" if line in details else mistake.message
    first, more = mistakes[0], len(mistakes) - 1
    message = _("Line %(line)d: %(message)s") % {"line": first.line, "message": first.message}
    if more:
        message += " " + ngettext("%(n)d more thing is wrong.", "%(n)d more things are wrong.", more) % {"n": more}
    return Invalid(message, code="TEMPLATE_INVALID", details=details)


class _Walk:
    """Goes through the tree once and gathers values, places and mistakes."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.mistakes: list[Mistake] = []
        self.lines: dict[str, int] = {}

    def mapping(self, node: yaml.MappingNode, keys: dict[str, Any], above: str = "") -> dict[str, Any]:
        """The values by their keys, those of sections as "section.key". What is wrong is left out."""
        found: dict[str, Any] = {}
        for key, value in node.value:
            said = str(key.value) if isinstance(key, yaml.ScalarNode) else "?"
            path = f"{above}{said}"
            if said not in keys:
                self.wrong(key, _unknown(said, above))
            elif path in self.lines:
                before = {"key": said, "line": self.lines[path]}
                self.wrong(key, _("“%(key)s” stands in line %(line)d already.") % before)
            else:
                self.lines[path] = mistake_at(self.text, key.start_mark.index, "").line
                found |= self.value(path, value, keys[said])
        return found

    def value(self, path: str, node: yaml.Node, check: Any) -> dict[str, Any]:
        """The value or values at one key."""
        if not isinstance(check, dict):
            try:
                return {path: check(node)}
            except values.Wrong as wrong:
                self.wrong(wrong.node, wrong.message)
        elif isinstance(node, yaml.MappingNode):
            return self.mapping(node, check, f"{path}.")
        else:
            self.wrong(node, _("Under “%(key)s” stand, indented: %(keys)s.") % {"key": path, "keys": ", ".join(check)})
        return {}

    def wrong(self, node: yaml.Node, message: str) -> None:
        self.mistakes.append(mistake_at(self.text, node.start_mark.index, message))


def _preset(found: dict[str, Any]) -> Preset:
    return Preset(
        name=found["name"],
        description=found.get("description", ""),
        kind=found.get("resources.image"),
        memory_mb=found.get("resources.memory"),
        cpus=found.get("resources.cpus"),
        gpu=found.get("resources.gpu"),
        read_only_root=not found.get("security.writableRootfs", True),
        network_mode=found.get("network.mode", "internet"),
        blocked_ranges=found.get("network.blockCidrs", []),
        repo_destination=found.get("workspace.defaultRepoDest", ""),
        desktop_menu=found.get("desktop.menu", False),
        idle_pause_minutes=found.get("idle.pauseMinutes"),
        idle_stop_minutes=found.get("idle.stopMinutes"),
    )


def _unknown(said: str, above: str) -> str:
    """What to say of a key that there is not: where it belongs, or which one may be meant."""
    shown = {"key": said[:40]}
    section = next((path.partition(".")[0] for path in _paths() if path.endswith(f".{said}")), "")
    if section:
        return _("“%(key)s” belongs under “%(section)s”.") % (shown | {"section": section})
    if said in KEYS:
        return _("“%(key)s” stands at the beginning of a line, under nothing.") % shown
    here = [path.removeprefix(above) for path in _paths() if path.startswith(above)]
    here = [key for key in here if "." not in key]
    meant = difflib.get_close_matches(_plain(said[:40]), [_plain(key) for key in here], 1, 0.6)
    if meant:
        key = next(key for key in here if _plain(key) == meant[0])
        return _("There is no key “%(key)s”. Do you mean “%(meant)s”?") % (shown | {"meant": key})
    return _("There is no key “%(key)s”. Here may stand: %(keys)s.") % (shown | {"keys": ", ".join(here)})


def _plain(key: str) -> str:
    """Without what people write differently: `block_cidrs` and `BlockCIDRs` are alike."""
    return key.lower().replace("_", "").replace("-", "")


def _paths() -> list[str]:
    """All keys, those of sections as "section.key"."""
    below = [f"{key}.{inner}" for key, keys in KEYS.items() if isinstance(keys, dict) for inner in keys]
    return [*KEYS, *below]
