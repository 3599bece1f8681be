"""What tests ask of an HTML page."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
Attributes = dict[str, str]


class Page(HTMLParser):
    """`tags`: every element with its attributes; `texts`: the text of each element, by tag name."""

    def __init__(self, response: Any) -> None:
        super().__init__()
        self.tags: list[tuple[str, Attributes]] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[tuple[str, list[str]]] = []
        self.feed(response.content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._open.append((tag, []))

    def handle_data(self, data: str) -> None:
        for _tag, parts in self._open:
            parts.append(data)

    def handle_endtag(self, tag: str) -> None:
        while self._open:
            name, parts = self._open.pop()
            self.texts.setdefault(name, []).append(" ".join("".join(parts).split()))
            if name == tag:
                return

    def all(self, tag: str, **wanted: str) -> list[Attributes]:
        """Attributes of the elements of that tag that have all `wanted` ones; `data_x` stands for `data-x`."""
        asked = {name.rstrip("_").replace("_", "-"): value for name, value in wanted.items()}
        return [found for name, found in self.tags if name == tag and asked.items() <= found.items()]

    def value(self, name: str) -> str:
        """What stands in the input of that name."""
        return self.all("input", name=name)[0].get("value", "")

    def problems(self) -> list[str]:
        """What no page of ours may have or lack."""
        found = []
        if len(self.texts.get("h1", [])) != 1:
            found.append(f"{len(self.texts.get('h1', []))} headings of the first level")
        if not self.texts.get("title", [""])[0].removesuffix("· Spaces").strip():
            found.append("no title")
        ids = [attributes["id"] for _tag, attributes in self.tags if "id" in attributes]
        found += [f"two elements with the id {name}" for name in {name for name in ids if ids.count(name) > 1}]
        labelled = {attributes.get("for") for attributes in self.all("label")}
        for tag, attributes in self.tags:
            found += [f"<{tag} {name}>" for name in attributes if name == "style" or name.startswith("on")]
            if tag == "style" or (tag == "script" and not attributes.get("src")):
                found.append(f"inline <{tag}>")
            if tag == "img" and "alt" not in attributes:
                found.append("an image without alt")
            if tag in ("input", "select") and attributes.get("type") not in ("hidden", "radio", "checkbox"):
                found += [] if attributes.get("id") in labelled else [f"no label for {attributes}"]
            if (
                tag == "form"
                and attributes.get("method") == "post"
                and not attributes.get("action", "").startswith("/")
            ):
                found += [f"a form that leaves: {attributes}"] if attributes.get("action") else []
        return found
