"""Presets for new workspaces, written as strict YAML: what they may say, and where they are kept."""

from workspaces.templating.kinds import kind_named
from workspaces.templating.preset import Mistake, Preset
from workspaces.templating.reading import template_mistakes, template_parse
from workspaces.templating.store import (
    preset_get,
    template_delete,
    template_get,
    template_put,
    template_restore,
    templates_list,
    templates_may_change,
)

__all__ = [
    "Mistake",
    "Preset",
    "kind_named",
    "preset_get",
    "template_delete",
    "template_get",
    "template_mistakes",
    "template_parse",
    "template_put",
    "template_restore",
    "templates_list",
    "templates_may_change",
]
