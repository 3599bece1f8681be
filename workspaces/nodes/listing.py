"""This machine and the others, remembered for some seconds; one question at a time, however many look."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

from django.conf import settings

from accounts.actors import Actor, signed_in
from workspaces.machine import Capabilities, capabilities, machine_info
from workspaces.nodes.asking import Answer, ask_all
from workspaces.nodes.finding import Address, addresses
from workspaces.nodes.reading import NodeSpace, capabilities_read, json_read, spaces_read
from workspaces.remembering import Remembered

KEPT_SECONDS = 15.0
Status = Literal["online", "offline", "unauthorized"]


@dataclass(frozen=True, slots=True)
class Node:
    """A machine. `latency_ms` is None while it is offline; `capabilities` None where it did not say them."""

    name: str
    url: str
    status: Status
    latency_ms: int | None
    capabilities: Capabilities | None


@dataclass(frozen=True, slots=True)
class Nodes:
    """All machines, this one first. `last_updated_at`: when they were asked, in milliseconds since 1970."""

    nodes: list[Node]
    last_updated_at: int


_nodes: Remembered[Nodes] = Remembered(KEPT_SECONDS)
_spaces: Remembered[list[NodeSpace]] = Remembered(KEPT_SECONDS)


def nodes_list(actor: Actor) -> Nodes:
    """The machines as they were at most 15 seconds ago. Blocking, three seconds at most. Raises `Unauthenticated`."""
    signed_in(actor)
    return _nodes.get(None, lambda _before: _look())


def nodes_spaces(actor: Actor) -> list[NodeSpace]:
    """The spaces on the *other* machines, for staff; nobody else has any there, so for them it is empty.

    They are asked with the credential that the setting has for them, never with the caller's. A machine that does not
    answer has none. Blocking and remembered as `nodes_list`. Raises `Unauthenticated`.
    """
    signed_in(actor)
    return _spaces.get(None, lambda _before: _ask_spaces()) if actor.is_staff else []


def nodes_forget() -> None:
    """Ask anew at the next question."""
    _nodes.forget()
    _spaces.forget()


def _look() -> Nodes:
    others = addresses()
    here = Node(machine_info().hostname, settings.BASE_URL, "online", 0, capabilities())
    answers = ask_all(others, "/api/system/capabilities")
    nodes = [here, *(_node(address, answer) for address, answer in zip(others, answers, strict=True))]
    return Nodes(nodes, int(time.time() * 1000))


def _node(address: Address, answer: Answer) -> Node:
    latency = round(answer.seconds * 1000)
    if answer.status in (401, 403):
        return Node(address.name, address.url, "unauthorized", latency, None)
    can = capabilities_read(json_read(answer.body)) if answer.status == 200 else None
    if can is None:
        return Node(address.name, address.url, "offline", None, None)  # something else may answer there
    return Node(address.name, address.url, "online", latency, can)


def _ask_spaces() -> list[NodeSpace]:
    others = addresses()
    answers = ask_all(others, "/api/spaces?all=true")  # which only a key of its staff makes a difference for
    return [
        space
        for address, answer in zip(others, answers, strict=True)
        if answer.status == 200
        for space in spaces_read(address.name, json_read(answer.body))
    ]
