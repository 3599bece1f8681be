"""Ports inside a project, and to whom they are open."""

from __future__ import annotations

from typing import Any, TypedDict

from rest_framework import serializers

from workspaces.services.ports import AUDIENCES, PortView


class AudienceIn(serializers.Serializer[Any]):
    audience = serializers.CharField(
        help_text=f"One of: {', '.join(AUDIENCES)}.",
        error_messages=dict.fromkeys(
            ("required", "blank", "null", "invalid"), f"audience must be one of: {', '.join(AUDIENCES)}"
        ),
    )


class PortOut(TypedDict):
    """`link`: where there is one, and for those who may manage the project; `isEditor`: the editor's own port."""

    port: int
    url: str
    listening: bool
    loopbackOnly: bool
    isEditor: bool
    audience: str
    link: str | None
    aliases: list[str]


class PortsOut(TypedDict):
    success: bool
    ports: list[PortOut]


class PortSharedOut(TypedDict):
    success: bool
    message: str
    port: int
    audience: str
    link: str | None


def port_out(view: PortView) -> PortOut:
    return {
        "port": view.port,
        "url": view.url,
        "listening": view.listening,
        "loopbackOnly": view.loopback_only,
        "isEditor": view.is_editor,
        "audience": view.audience,
        "link": view.link or None,
        "aliases": view.aliases,
    }
