"""The pages of templates: everybody reads, staff writes, and the editor says what is wrong while somebody types."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from tests.unit.pages.conftest import HTMX, Browser
from tests.unit.pages.page import Page
from workspaces.engine.fake import FakeEngine
from workspaces.models import Kind, Template
from workspaces.templating import built_in_text, template_get

TEXT = "name: small\ndescription: For trying out\nresources: {memory: 256m}\n"
WRONG = "name: small\nmemory: 256m\nnetwork: {mode: wifi}\n"


@pytest.fixture
def small(root: User) -> Template:
    return Template.objects.create(name="small", description="For trying out", yaml=TEXT)


def body(response: object) -> str:
    return response.content.decode()  # type: ignore[attr-defined]


def test_the_list_says_what_each_means_and_offers_changes_to_staff_alone(
    browser: Browser, alice: User, admin: Client, small: Template, engine: FakeEngine
) -> None:
    for client, may in ((browser(alice), False), (admin, True)):
        page = body(client.get("/templates/"))
        assert "No network: it reaches neither the internet nor other machines." in page
        assert "Reaches the internet and the local network." in page
        assert "256 MB" in page and "/workspaces/new?template=small" in page
        assert ("/templates/new" in page, "/templates/small/delete" in page) == (may, may)
        assert "/templates/default/delete" not in page


@pytest.mark.parametrize(
    ("idle", "says"),
    [("pauseMinutes: 30", "Paused when unused for 30 minutes."), ("pauseMinutes: 0", "Never paused by itself."),
     ("stopMinutes: 1", "Stopped when unused for 1 minute."), ("stopMinutes: 0", "Never stopped by itself.")],
)  # fmt: skip
def test_when_one_rests_is_said_in_words(
    idle: str, says: str, browser: Browser, alice: User, admin: Client, small: Template
) -> None:
    Template.objects.update(yaml=f"name: small\nidle: {{{idle}}}")
    assert says in body(browser(alice).get("/templates/"))
    assert idle.partition(":")[0] in body(admin.get("/templates/small/"))  # and the key beside the field


def test_a_template_whose_kind_is_gone_is_shown_with_its_mistake(
    browser: Browser, alice: User, small: Template
) -> None:
    Template.objects.update(yaml="name: small\nresources: {image: nowhere}")
    page = body(browser(alice).get("/templates/"))
    assert "There is no kind of workspace called “nowhere”." in page


def test_who_may_not_change_one_reads_it(browser: Browser, alice: User) -> None:
    response = browser(alice).get("/templates/OFFLINE/")
    assert "mode: none" in body(response) and "<textarea" not in body(response)
    for path in ("/templates/new", "/templates/offline/delete"):
        assert browser(alice).get(path).status_code == 403
    for path in ("/templates/new", "/templates/offline/", "/templates/check", "/templates/offline/delete"):
        assert browser(alice).post(path, {"yaml": "name: offline"}).status_code == 403
    assert template_get("offline").yaml == built_in_text("offline")


def test_a_visitor_signs_in_first(browser: Browser) -> None:
    for path in ("/templates/", "/templates/new", "/templates/default/", "/templates/default/delete"):
        assert browser().get(path).headers["Location"] == f"/sign-in/?next={path}"


def test_a_new_one_is_written(admin: Client) -> None:
    response = admin.post("/templates/new", {"yaml": TEXT.replace("\n", "\r\n")})
    assert response.headers["Location"] == "/templates/small/"
    assert template_get("small").yaml == TEXT
    page = body(admin.get("/templates/small/"))
    assert "is saved" in page and "For trying out" in page and "No mistakes" in page


def test_what_is_refused_stays_typed_with_every_mistake_at_its_line(admin: Client) -> None:
    response = admin.post("/templates/new", {"yaml": WRONG})
    page = Page(response)
    assert response.status_code == 400 and page.problems() == []
    assert page.texts["textarea"] == [" ".join(WRONG.split())]
    assert [item["data-line"] for item in page.all("li") if "data-line" in item] == ["2", "3"]
    assert "belongs under “resources”" in body(response) and "internet, lan, none" in body(response)
    assert not Template.objects.filter(name="small").exists()


def test_a_new_one_does_not_replace_another_unasked(admin: Client, small: Template) -> None:
    response = admin.post("/templates/new", {"yaml": TEXT})
    assert response.status_code == 409
    assert "already" in body(response)
    response = admin.post("/templates/small/", {"yaml": TEXT.replace("small", "default")})
    assert response.status_code == 400
    assert template_get("default").yaml == built_in_text("default")


def test_the_editor_asks_while_somebody_types(admin: Client, terminal: Kind, small: Template) -> None:
    def said(text: str, replaces: str = "") -> str:
        response = admin.post("/templates/check", {"yaml": text, "replaces": replaces}, headers=HTMX)
        assert response.status_code == 200 and "<html" not in body(response)
        return body(response)

    assert "2 mistakes" in said(WRONG) and 'data-line="2"' in said(WRONG)
    assert "already" in said(TEXT) and "256 MB" in said(TEXT, "small")
    assert "Kind: Terminal" in said("name: shell\nresources: {image: clawdspace:latest}")
    assert "cannot" not in said("name: a\r\ndescription: b\rresources: {cpus: 1}")
    assert "but not used here as it is" in said("name: big\nresources: {memory: 900g}")
    assert "mistake" in said("") and "<script>" not in said("name: <script>")


def test_one_is_begun_from_another(admin: Client) -> None:
    page = Page(admin.get("/templates/new?from=lan"))
    assert "mode: lan" in page.texts["textarea"][0]
    assert admin.get("/templates/new?from=nothing").status_code == 404


def test_what_came_with_the_program_is_restored_by_saving_it_again(admin: Client) -> None:
    Template.objects.filter(name="offline").update(yaml="name: offline\nnetwork: {mode: lan}")
    assert "mode: lan" in Page(admin.get("/templates/offline/")).texts["textarea"][0]
    response = admin.get("/templates/offline/?original")
    assert "Nothing is changed until you save it" in body(response)
    assert "mode: none" in Page(response).texts["textarea"][0]
    admin.post("/templates/offline/", {"yaml": built_in_text("offline")})
    assert template_get("offline").yaml == built_in_text("offline")


def test_one_that_people_made_has_no_original(admin: Client, small: Template) -> None:
    response = admin.get("/templates/small/?original")
    assert "256m" in Page(response).texts["textarea"][0] and "came with the program" not in body(response)


def test_deleting_asks_first(admin: Client, small: Template) -> None:
    assert "Delete “small”?" in body(admin.get("/templates/small/delete"))
    assert admin.post("/templates/small/delete").headers["Location"] == "/templates/"
    assert not Template.objects.filter(name="small").exists()
    assert admin.get("/templates/small/").status_code == 404
    assert "stays" in body(admin.get("/templates/default/delete"))
    assert admin.post("/templates/default/delete").status_code == 409


def test_every_page_of_templates_has_its_shape(browser: Browser, alice: User, admin: Client, small: Template) -> None:
    responses = [browser(alice).get(path) for path in ("/templates/", "/templates/default/")]
    paths = ("", "new", "new?from=gpu", "small/", "small/delete", "default/?original", "default/delete")
    responses += [admin.get(f"/templates/{path}") for path in paths]
    for response in responses:
        assert response.status_code == 200
        assert Page(response).problems() == [], response.request["PATH_INFO"]


def test_the_list_asks_the_database_the_same_however_many_there_are(
    browser: Browser, alice: User, django_assert_max_num_queries: object, engine: FakeEngine
) -> None:
    Template.objects.bulk_create(Template(name=f"t{n}", yaml=f"name: t{n}\n") for n in range(20))
    client = browser(alice)
    with django_assert_max_num_queries(8):  # type: ignore[operator]
        assert client.get("/templates/").status_code == 200
