"""The OpenAPI document: complete, valid, and true of what is answered."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

SECTIONS = ("Platform", "Spaces", "Users", "Containers", "Sandboxes", "Projects", "Workshop")
METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture
def document(client: Client, db: None) -> dict[str, Any]:
    answer = client.get("/api/schema", headers={"accept": "application/vnd.oai.openapi+json"})
    assert answer.status_code == 200
    return dict(answer.json())


def operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method} {path}", item[method])
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
    ]


def test_it_is_valid_without_a_single_warning(tmp_path: Any) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yaml"))


def test_every_operation_has_words_a_section_and_examples(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        assert operation["description"].endswith("."), name
        assert operation["tags"][0] in SECTIONS, name
        success = next(answer for status, answer in operation["responses"].items() if status.startswith("2"))
        assert success["content"]["application/json"]["examples"], name
        if body := operation.get("requestBody"):
            assert body["content"]["application/json"]["examples"], name


def fits(value: Any, schema: dict[str, Any], document: dict[str, Any]) -> bool:
    """Whether an example has exactly the keys of its schema, all the way down."""
    if reference := schema.get("$ref"):
        return fits(value, document["components"]["schemas"][reference.rpartition("/")[2]], document)
    if schema.get("type") == "array":
        return all(fits(item, schema["items"], document) for item in value)
    if "properties" not in schema:
        return True
    needed = set(schema.get("required", ()))
    return needed <= set(value) <= set(schema["properties"]) and all(
        fits(value[key], schema["properties"][key], document) for key in value
    )


def test_every_example_of_an_answer_has_the_keys_of_its_schema(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        for status, answer in operation["responses"].items():
            content = answer["content"]["application/json"]
            for example in content.get("examples", {}).values():
                assert fits(example["value"], content["schema"], document), (name, status, example)


def test_every_operation_that_needs_a_credential_takes_each_form_of_it(document: dict[str, Any]) -> None:
    schemes = set(document["components"]["securitySchemes"])
    assert schemes == {"bearer", "authorization", "key", "auth_token", "session"}
    for name, operation in operations(document):
        needs = [next(iter(alternative)) for alternative in operation.get("security", [])]
        assert set(needs) in (schemes, set()), name
        assert ("401" in operation["responses"]) == bool(needs), name


def test_the_page_loads_nothing_from_elsewhere_and_has_no_script_or_style_in_it(client: Client, db: None) -> None:
    answer = client.get("/api/docs/")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "http://" not in page and "https://" not in page and "//cdn" not in page
    assert "<style" not in page and "<script>" not in page and "onload" not in page
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert client.get("/api/docs/?script=").headers["Content-Type"] == "application/javascript"
