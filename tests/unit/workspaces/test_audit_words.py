"""Everything that is written down can be read by people."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from workspaces.audit_words import GROUPS, SHOWN_FIRST, actions_of, icon_of, sentence
from workspaces.states import Verb

ROOT = Path(settings.BASE_DIR)
APPS = ("accounts", "workspaces", "workshop", "spaces_site")
WRITERS = {"audit", "workspace_audit"}
PASSED_ON = {"accounts/audit.py", "workspaces/auditing.py"}
"""Whose callers name the action."""
CODES = {action for group in GROUPS.values() for action in group.words}


def written() -> Iterator[tuple[str, str]]:
    """Where in the product which action is written; an action that cannot be read from the source is "?"."""
    paths = [path for app in APPS for path in sorted((ROOT / app).rglob("*.py"))]
    trees = {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text()) for path in paths}
    for where, tree in trees.items():
        for line, action in writing(tree) if where not in PASSED_ON else ():
            for code in actions_in(action, tree, list(trees.values())):
                yield f"{where}:{line}", code


def writing(tree: ast.Module) -> Iterator[tuple[int, ast.expr]]:
    """Line and action of each call of a writer, and of each hand-over of one with its arguments, as to a thread."""
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        words = [call.func, *call.args]
        for word, action in zip(words, words[2:], strict=False):
            if getattr(word, "id", "") in WRITERS:
                yield call.lineno, action


def calls_of(names: set[str], trees: list[ast.Module]) -> Iterator[ast.Call]:
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.Call):
            called = node.func
            if (called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")) in names:
                yield node


def actions_in(node: ast.expr, tree: ast.Module, trees: list[ast.Module]) -> list[str]:
    """The texts that an expression may be: a literal, one of two, one with a verb in it, or what a name was given."""
    if isinstance(node, ast.Constant):
        return [str(node.value)]
    if isinstance(node, ast.IfExp):
        return actions_in(node.body, tree, trees) + actions_in(node.orelse, tree, trees)
    if isinstance(node, ast.JoinedStr):
        parts = [str(part.value) if isinstance(part, ast.Constant) else "{verb}" for part in node.values]
        return ["".join(parts).replace("{verb}", verb) for verb in Verb.values]
    return (_given(node.id, tree, trees) if isinstance(node, ast.Name) else []) or ["?"]


def _given(name: str, tree: ast.Module, trees: list[ast.Module]) -> list[str]:
    """What the name is set to in the module, or what functions that have it as a parameter are called with
    anywhere, or without."""
    found: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and name in {part.id for part in node.targets if isinstance(part, ast.Name)}:
            found += actions_in(node.value, tree, trees)
        if isinstance(node, ast.FunctionDef) and name in (names := [argument.arg for argument in node.args.args]):
            place = names.index(name)
            defaults = dict(zip(reversed(names), reversed(node.args.defaults), strict=False))
            found += actions_in(defaults[name], tree, trees) if name in defaults else []
            for call in calls_of({node.name}, trees):
                by_name = [word.value for word in call.keywords if word.arg == name]
                for value in by_name or call.args[place : place + 1]:
                    found += actions_in(value, tree, trees)
    return found


def test_every_action_that_the_product_writes_has_a_sentence() -> None:
    found = list(written())
    assert len(found) > 40
    assert [f"{where}: {action}" for where, action in found if action not in CODES] == []


def test_every_sentence_belongs_to_one_action_that_is_written() -> None:
    assert sum(len(group.words) for group in GROUPS.values()) == len(CODES)
    assert CODES - {action for _where, action in written()} == set()


def test_every_group_has_a_drawing_of_ours() -> None:
    icons = (ROOT / "static/icons.svg").read_text()
    for group in GROUPS.values():
        assert f'id="{group.icon}"' in icons


def test_an_unknown_action_is_shown_as_it_is() -> None:
    assert (sentence("test.happened"), icon_of("test.happened")) == ("test.happened", "info")


def test_a_choice_is_a_group_or_an_action() -> None:
    assert "file.write" in actions_of("files")
    assert actions_of("file.write") == "file.write"
    assert actions_of("nonsense") == ""


def test_what_is_shown_first_is_named_once() -> None:
    assert len(SHOWN_FIRST) == len(set(SHOWN_FIRST))
