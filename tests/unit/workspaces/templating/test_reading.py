"""What a template may say, and what is said of one that says something else."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from spaces_site.errors import Invalid
from workspaces.models import Kind
from workspaces.templating import Preset, template_mistakes, template_parse
from workspaces.templating.reading import KEYS

FULL = """\
name: Class-1
description: For the class
managed: true
resources:
  memory: 1.5g
  cpus: 0.5
  gpu: false
  image: spaces/terminal
security:
  writableRootfs: false
network:
  mode: lan
  blockCidrs:
    - 10.0.0.0/8   # ours
    - 192.168.0.0/16
workspace:
  defaultRepoDest: ./src//app/
desktop:
  menu: true
"""
MANY = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def messages(text: str) -> list[tuple[int, int, str]]:
    return [(mistake.line, mistake.column, mistake.message) for mistake in template_mistakes(text)]


def test_every_key_is_read(terminal: Kind) -> None:
    assert template_parse(FULL) == Preset(
        name="Class-1", description="For the class", kind="terminal", memory_mb=1536, cpus=0.5, gpu=False,
        read_only_root=True, network_mode="lan", blocked_ranges=["10.0.0.0/8", "192.168.0.0/16"],
        repo_destination="src/app", desktop_menu=True,
    )  # fmt: skip


def test_a_name_is_enough() -> None:
    assert template_parse("name: small") == Preset(name="small")


@pytest.mark.parametrize(
    ("size", "mib"),
    [("512m", 512), ("512MB", 512), ("2g", 2048), ("'2G'", 2048), ("65536k", 64), ("1073741824", 1024), ("0.5gb", 512)],
)
def test_memory_is_a_size_with_a_unit_or_bytes(size: str, mib: int) -> None:
    assert template_parse(f"name: a\nresources: {{memory: {size}}}").memory_mb == mib


@pytest.mark.parametrize(
    ("image", "slug"),
    [("terminal", "terminal"), ("spaces/code-server", "code-server"), ("spaces/code-server:latest", "code-server"),
     ("clawdspace:latest", "terminal"), ("clawdspace", "terminal"), ("Terminal", "terminal"), ("kicad", "kicad"),
     ("spaces/kicad", "kicad"), ("linuxserver/kicad:latest", "kicad"), ("linuxserver/blender", "blender")],
)  # fmt: skip
def test_an_image_is_a_kind_by_its_own_or_its_images_name(
    image: str, slug: str, terminal: Kind, code_server: Kind, kicad: Kind, blender: Kind
) -> None:
    assert template_parse(f"name: a\nresources: {{image: '{image}'}}").kind == slug


def test_a_kind_that_is_made_of_such_an_image_goes_before_the_one_that_is_like_it(kicad: Kind) -> None:
    Kind.objects.create(slug="boards", title="Boards", image="linuxserver/kicad:9")
    assert template_parse("name: a\nresources: {image: linuxserver/kicad}").kind == "boards"


def test_a_tag_counts_where_the_kind_has_one(db: None) -> None:
    Kind.objects.create(slug="boards", title="KiCad", image="registry.example.org:5000/kicad:9")
    assert template_parse('name: a\nresources: {image: "registry.example.org:5000/kicad"}').kind == "boards"
    assert template_mistakes('name: a\nresources: {image: "registry.example.org:5000/kicad:8"}')


@pytest.mark.parametrize(
    ("text", "line", "column", "says"),
    [
        ("", 1, 1, "list of keys"),
        ("- a", 1, 1, "list of keys"),
        ("description: x", 1, 1, "There is no name"),
        ("name: a\nnaem: b", 2, 1, "Do you mean “name”?"),
        ("name: a\nresources:\n  Memory: 2g", 3, 3, "Do you mean “memory”?"),
        ("name: a\nnetwork:\n  block_cidrs: []", 3, 3, "Do you mean “blockCidrs”?"),
        ("name: a\nmemory: 2g", 2, 1, "belongs under “resources”"),
        ("name: a\nnetwork:\n  description: x", 3, 3, "beginning of a line"),
        ("name: a\nports: [1]", 2, 1, "There is no key “ports”"),
        ("name: a\n? [x]\n: y", 2, 3, "There is no key"),
        ("name: a\nname: b", 2, 1, "line 1 already"),
        ("name: a\nresources: 2g", 2, 12, "stand, indented: memory, cpus, gpu, image"),
        ("name: a b", 1, 7, "A name has"),
        ("name: 17", 1, 7, 'quotes: "17"'),
        ("name:", 1, 6, "There is no value"),
        ("name: [a]", 1, 7, "Text is expected"),
        ("name: a\ndescription: |\n  a\n  b", 2, 14, "one line"),
        (f"name: a\ndescription: {'x' * 201}", 2, 14, "200"),
        ('name: a\ndescription: "a\\0b"', 2, 14, "control characters"),
        ('name: a\ndescription: "\\ud800"', 2, 14, "control characters"),
        ("name: a\nresources:\n  gpu: yes", 3, 8, "true or false"),
        ("name: a\nresources:\n  gpu: 'true'", 3, 8, "true or false"),
        ("name: a\ndesktop:\n  menu: on", 3, 9, "true or false"),
        ("name: a\ndesktop: {menus: true}", 2, 11, "Do you mean “menu”?"),
        ("name: a\ndesktop: true", 2, 10, "stand, indented: menu"),
        ("name: a\nmenu: true", 2, 1, "belongs under “desktop”"),
        ("name: a\nresources: {memory: 2 GB}", 2, 21, "512m or 2g"),
        ("name: a\nresources: {memory: 0}", 2, 21, "No workspace"),
        ("name: a\nresources: {memory: 99999999999g}", 2, 21, "No workspace"),
        ("name: a\nresources: {memory: -2g}", 2, 21, "512m or 2g"),
        ("name: a\nresources: {cpus: 0}", 2, 19, "above 0"),
        ("name: a\nresources: {cpus: .inf}", 2, 19, "above 0"),
        ("name: a\nresources: {cpus: '1'}", 2, 19, "above 0"),
        ("name: a\nnetwork: {mode: wifi}", 2, 17, "internet, lan, none"),
        ("name: a\nnetwork: {blockCidrs: 10.0.0.0/8}", 2, 23, "A list"),
        ("name: a\nnetwork: {blockCidrs: [10.0.0.1/8]}", 2, 24, "10.0.0.0/8"),
        ("name: a\nnetwork: {blockCidrs: [10.0.0.0]}", 2, 24, "IPv4"),
        ("name: a\nnetwork: {blockCidrs: [10.0.0.0/33]}", 2, 24, "IPv4"),
        ("name: a\nnetwork: {blockCidrs: ['fd00::/8']}", 2, 24, "IPv4"),
        (f"name: a\nnetwork: {{blockCidrs: [{'10.0.0.0/8,' * 65}]}}", 2, 23, "64"),
        ("name: a\nworkspace: {defaultRepoDest: ../x}", 2, 30, "inside of /workspace"),
        ("name: a\nworkspace: {defaultRepoDest: /etc}", 2, 30, "inside of /workspace"),
        ("name: a\nworkspace: {defaultRepoDest: .}", 2, 30, "inside of /workspace"),
        ("name: &x a", 1, 7, "Anchors"),
        ("name: a\ndescription: *x", 2, 14, "Anchors"),
        ("name: !!str a", 1, 7, "Tags"),
        ("name: a\n---\nname: b", 2, 1, "one document"),
        ("name: a\nresources:\n\tmemory: 2g", 3, 1, "spaces"),
        ("name: a: b", 1, 8, "quotes"),
        ("name: 'a", 1, 7, "never closed"),
        ("name: [a", 1, 7, "not closed"),
        ("name: [a,", 1, 10, "value is missing"),
        ("name: @a", 1, 7, "begins with “@”"),
        ("- a\nname: a", 2, 1, "does not fit"),
        ('name: "\\q"', 1, 9, "not YAML: found unknown escape character 'q'."),
        ("name: a\0", 1, 8, "character"),
        ("name: \ud800", 1, 7, "character"),
        ('name: "\\UFFFFFFFF"', 1, 1, "not YAML"),
        ("name: a\n" + "# long\n" * 3000, 1, 1, "16 KiB"),
        ("[" * 9000, 1, 9, "nested"),
        ("? " * 5000, 1, 17, "nested"),
    ],
)
def test_a_mistake_is_said_where_it_stands(text: str, line: int, column: int, says: str, db: None) -> None:
    ((at_line, at_column, message),) = messages(text)
    assert (at_line, at_column, says in message) == (line, column, True), message


def test_all_mistakes_are_said_at_once(db: None) -> None:
    text = "name: a b\nresources:\n  memory: lots\n  image: nowhere\nnetwork: {mode: x, y: 1}\n"
    with pytest.raises(Invalid) as raised:
        template_parse(text)
    assert raised.value.code == "TEMPLATE_INVALID"
    assert list(raised.value.details) == ["line 1", "line 3", "line 4", "line 5"]
    assert raised.value.message.startswith("Line 1: ") and raised.value.message.endswith("4 more things are wrong.")
    assert "internet, lan, none" in raised.value.details["line 5"] and "key “y”" in raised.value.details["line 5"]


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    assert [line for line, *_rest in messages("name: a\r\n# \u2028 \u0085\r\nx: 1")] == [3]


def test_a_thousand_mistakes_are_not_all_said() -> None:
    assert len(messages("a: 1\n" * 3000)) == 50


WORDS = st.sampled_from(
    [*KEYS, "memory", "cpus", "gpu", "image", "mode", "blockCidrs", ": ", "\n", "\n  ", "- ", "2g", "true", "&a", "*a",
     "!!str", "---", "{", "}", "[", "]", "'", '"', "\\U00110000", "%YAML 1.1\n", "10.0.0.0/8", "#", "|", ">", "?"]
)  # fmt: skip
TEXTS = st.one_of(st.text(st.characters(codec=None)), st.lists(WORDS | st.text(max_size=3)).map("".join))


@MANY
@given(text=TEXTS)
@example(text="%YAML " + "9" * 5000 + ".1\n---\nname: a")
@example(text="%TAG ! tag:x\n---\nname: a")
def test_any_text_is_a_preset_or_refused_with_a_place(text: str, db: None) -> None:
    mistakes = template_mistakes(text)
    try:
        assert isinstance(template_parse(text), Preset)
        assert mistakes == []
    except Invalid as error:
        assert error.code == "TEMPLATE_INVALID" and error.details
        lines = text.replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1
        assert all(1 <= mistake.line <= lines and mistake.column >= 1 for mistake in mistakes)
