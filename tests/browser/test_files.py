"""The files of a workspace in a browser: dropped, chosen, renamed, changed, taken away; and all of it without scripts.

With `SPACES_TEST_LOOKS=folder` a picture of each page is kept there, to be looked at.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.people import Made, Person
from tests.browser.test_looks import page_problems
from tests.harness import Platform

pytestmark = pytest.mark.browser
DROP = """(files) => {
  const transfer = new DataTransfer();
  for (const [name, text] of files) transfer.items.add(new File([text], name));
  for (const kind of ["dragenter", "dragover", "drop"])
    document.querySelector("#files").dispatchEvent(
      new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }));
}"""


@pytest.fixture(scope="module")
def owner(platform: Platform) -> Person:
    return Person(platform, "fay")


@pytest.fixture(scope="module")
def lab(owner: Person) -> Iterator[Made]:
    made = owner.make("Lab")
    yield made
    owner.delete(made)


@pytest.fixture
def run(lab: Made, docker_engine: docker.DockerClient) -> Any:
    """`run("ls")`: what a shell in the workspace prints."""

    def in_it(command: str) -> str:
        done = docker_engine.containers.get(f"spaces-{lab.id}").exec_run(["sh", "-c", command], workdir="/workspace")
        assert done.exit_code == 0, done.output
        return str(done.output.decode())

    in_it("find /workspace -mindepth 1 -delete")
    return in_it


def where(lab: Made, path: str = "", view: str = "") -> str:
    return f"/workspaces/{lab.id}/files/{view}" + (f"?path={path}" if path else "")


def names(page: Page) -> list[str]:
    """Of the entries, in the order in which they stand."""
    return page.locator(".entries [data-name]").all_inner_texts()


def use_menu(page: Page, name: str, entry: str) -> None:
    """Click an entry of the menu of a file or folder."""
    page.locator("summary", has_text=f"More for {name}").click()
    page.get_by_role("row", name=name).locator(".menu-item", has_text=entry).click()


def test_an_empty_folder_says_what_to_do_and_takes_what_is_dropped(
    owner: Person, lab: Made, run: Any, new_page: NewPage, console_errors: list[str]
) -> None:
    page = owner.page(new_page, f"/workspaces/{lab.id}/")
    page.get_by_role("navigation", name="Parts of this workspace").get_by_role("link", name="Files").click()
    expect(page.get_by_text("Drop files or folders here")).to_be_visible()
    page.evaluate(DROP, [["one.txt", "1"], ["grüße 🦊.txt", "hello"]])
    expect(page.locator(".entries tbody tr")).to_have_count(2)
    page.get_by_label("Select one.txt").check()
    page.evaluate(DROP, [["empty", ""]])
    expect(page.locator(".uploads")).to_contain_text("3 of 3 uploaded")
    expect(page.locator(".entries tbody tr")).to_have_count(3)
    expect(page.get_by_label("Select one.txt")).to_be_checked()
    expect(page.locator("[data-count]")).to_have_text("1 selected")
    assert sorted(names(page)) == sorted(["empty", "grüße 🦊.txt", "one.txt"])
    assert run("cat 'grüße 🦊.txt' one.txt empty") == "hello1"
    page.get_by_role("button", name="Clear the list").click()
    expect(page.locator("#uploads")).to_be_hidden()
    assert console_errors == []


def test_files_are_chosen_and_what_is_there_is_replaced_only_when_that_is_wanted(
    owner: Person, lab: Made, run: Any, new_page: NewPage
) -> None:
    run("mkdir d && echo old > d/a && echo old > d/b")
    page = owner.page(new_page, where(lab, "d"))
    sent: Any = [{"name": name, "mimeType": "text/plain", "buffer": b"new"} for name in ("a", "b", "c")]
    page.locator("#choose-files").set_input_files(sent)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("There is one of this name already")
    dialog.get_by_role("button", name="Leave it as it is").click()
    expect(dialog).to_be_visible()
    dialog.get_by_label("The same for all others").check()
    dialog.get_by_role("button", name="Replace").click()
    expect(page.locator(".uploads")).to_contain_text("3 of 3 uploaded")
    # Two are on their way at once, so either may have been asked about first.
    assert run("cat d/a d/b d/c") in ("old\nnewnew", "newold\nnew")
    expect(page.locator(".uploads")).to_contain_text("left as it was")


def test_a_folder_is_uploaded_with_all_that_is_in_it(
    owner: Person, lab: Made, run: Any, new_page: NewPage, tmp_path: Path
) -> None:
    (tmp_path / "project/src/deep").mkdir(parents=True)
    for name in ("README", "src/main.py", "src/deep/data.bin"):
        (tmp_path / "project" / name).write_text(name)
    page = owner.page(new_page, where(lab))
    page.locator("#choose-folder").set_input_files(tmp_path / "project")
    expect(page.locator(".uploads")).to_contain_text("3 of 3 uploaded")
    expect(page.get_by_role("link", name="project", exact=True)).to_be_visible()
    assert run("cd project && find . -type f | sort | xargs cat") == "READMEsrc/deep/data.binsrc/main.py"


def test_a_large_file_is_asked_about_before_it_is_sent(
    owner: Person, lab: Made, run: Any, new_page: NewPage, tmp_path: Path
) -> None:
    run("echo old > large")
    (tmp_path / "large").write_bytes(bytes(30_000_000))
    page, asked = owner.page(new_page, where(lab)), []
    page.on("request", lambda request: asked.append(request.url) if request.method == "PUT" else None)
    page.locator("#choose-files").set_input_files(tmp_path / "large")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert ["check=30000000" in url for url in asked] == [True]
    page.get_by_role("button", name="Replace", exact=True).click()
    expect(page.locator(".uploads")).to_contain_text("1 of 1 uploaded")
    assert run("stat -c %s large") == "30000000\n"


def test_an_upload_can_be_stopped(owner: Person, lab: Made, run: Any, new_page: NewPage) -> None:
    page = owner.page(new_page, where(lab))
    page.route("**/files/upload?*", lambda route: None)  # held, or it would be over before anybody could click
    page.locator("#choose-files").set_input_files([{"name": "slow", "mimeType": "", "buffer": b"x"}])  # type: ignore
    page.get_by_role("button", name="Cancel slow").click()
    expect(page.locator(".uploads")).to_contain_text("cancelled")
    expect(page.locator(".uploads")).to_contain_text("1 of 1")
    assert run("ls") == ""


def test_what_is_refused_says_why(owner: Person, lab: Made, run: Any, new_page: NewPage) -> None:
    run("mkfifo taken")
    page = owner.page(new_page, where(lab))
    page.evaluate(DROP, [["taken", "x"]])
    expect(page.locator(".uploads .wrong")).to_contain_text("neither a file nor a folder")


def test_entries_are_renamed_moved_and_deleted(owner: Person, lab: Made, run: Any, new_page: NewPage) -> None:
    run("mkdir box && echo 1 > one && echo 2 > two && echo 3 > three")
    page = owner.page(new_page, where(lab))
    assert names(page) == ["box", "one", "three", "two"]
    use_menu(page, "one", "Rename")
    page.get_by_label("New name").fill("uno")
    page.get_by_role("button", name="Rename").click()
    expect(page.get_by_text("“one” is “uno” now.")).to_be_visible()
    use_menu(page, "uno", "Rename")
    page.get_by_label("New name").fill("/box/uno")
    page.get_by_role("button", name="Rename").click()
    expect(page.locator(".where [aria-current]")).to_have_text("box")
    page.get_by_role("link", name="/workspace").click()

    delete = page.get_by_role("button", name="Delete … the selected")
    expect(delete).to_be_disabled()
    page.get_by_label("Select two").check()
    page.get_by_label("Select three").check()
    expect(page.locator("[data-count]")).to_have_text("2 selected")
    delete.click()
    expect(page.get_by_role("heading", name="Delete these 2 entries?")).to_be_visible()
    expect(page.locator(".lost li")).to_have_text(["three", "two"])
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_text("2 entries are deleted.")).to_be_visible()
    assert run("find . -type f") == "./box/uno\n"


def test_files_and_folders_are_taken_away(owner: Person, lab: Made, run: Any, new_page: NewPage) -> None:
    run("mkdir -p d/e && echo 1 > d/a && echo 2 > d/e/b")
    page = owner.page(new_page, where(lab, "d"))
    page.locator("summary", has_text="More for a").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download", exact=True).click()
    assert (download.value.suggested_filename, download.value.path().read_text()) == ("a", "1\n")
    for box in ("a", "e"):
        page.get_by_label(f"Select {box}").check()
    for _ in range(2):  # a form that leads to a download stays usable
        with page.expect_download() as download:
            page.get_by_role("button", name="zip of the selected").click()
        assert download.value.suggested_filename == "d.zip"
        archive = zipfile.ZipFile(io.BytesIO(download.value.path().read_bytes()))
        assert sorted(archive.namelist()) == ["a", "e/", "e/b"]
        page.wait_for_timeout(1100)  # files.js gives the form back after a second


def test_a_text_is_made_changed_and_not_lost_to_another(owner: Person, lab: Made, run: Any, new_page: NewPage) -> None:
    page = owner.page(new_page, where(lab))
    page.locator("#files-new > summary").click()
    page.get_by_label("New text file").fill("notes.md")
    page.get_by_role("button", name="Make text file").click()
    page.get_by_label("Text of notes.md").fill("# Notes\nä\n")
    page.keyboard.press("Control+s")
    expect(page.get_by_text("“notes.md” is saved.")).to_be_visible()
    assert run("cat notes.md") == "# Notes\nä\n"
    run("echo other > notes.md")
    page.get_by_label("Text of notes.md").fill("mine\n")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("was changed by somebody else meanwhile")).to_be_visible()
    assert run("cat notes.md") == "other\n"
    page.get_by_role("button", name="Save over the other change").click()
    expect(page.get_by_text("“notes.md” is saved.")).to_be_visible()
    assert run("cat notes.md") == "mine\n"


@pytest.fixture
def stopped(owner: Person, lab: Made, run: Any) -> Iterator[None]:
    owner.do("stop", lab)
    yield
    owner.do("start", lab)


def test_without_scripts_all_of_it_works(
    owner: Person, lab: Made, stopped: None, new_page: NewPage, console_errors: list[str]
) -> None:
    page = owner.page(new_page, where(lab), java_script_enabled=False)
    page.locator("#files-new > summary").click()
    page.get_by_label("New folder").fill("box")
    page.get_by_role("button", name="Make folder").click()
    expect(page.get_by_text("Choose files above and upload them.")).to_be_visible()
    page.locator("#upload-files").set_input_files({"name": "f.txt", "mimeType": "", "buffer": b"x"})
    page.get_by_role("button", name="Upload", exact=True).click()
    expect(page.get_by_text("1 file is uploaded.")).to_be_visible()
    page.get_by_role("link", name="f.txt").click()
    page.get_by_label("Text of f.txt").fill("changed")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="box").click()
    page.get_by_label("Select f.txt").check()
    page.get_by_role("button", name="Delete … the selected").click()
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_text("1 entry is deleted.")).to_be_visible()
    assert console_errors == []


LOOKS = {
    "files": where,
    "files-empty": lambda lab: where(lab, "empty"),
    "files-text": lambda lab: where(lab, "README.md", "text"),
    "files-binary": lambda lab: where(lab, "data.bin", "text"),
    "files-rename": lambda lab: where(lab, "README.md", "rename"),
    "files-delete": lambda lab: where(lab, "src", "delete"),
}


@pytest.mark.parametrize("name", LOOKS)
def test_a_page_can_be_read_and_reached_in_every_size_and_colour(
    name: str, owner: Person, lab: Made, run: Any, new_page: NewPage, console_errors: list[str]
) -> None:
    run("mkdir -p src empty; echo '# Readme' > README.md; head -c 3000000 /dev/zero > data.bin; ln -s src link")
    run("mkfifo pipe; ln -s /etc out; touch .hidden 'a rather long name of a measurement, taken in November.csv'")
    page = owner.page(new_page, LOOKS[name](lab))
    assert page_problems(page, name, console_errors) == []


def test_the_menus_and_the_question_can_be_read_too(
    owner: Person, lab: Made, run: Any, new_page: NewPage, console_errors: list[str]
) -> None:
    run("touch a b")
    page = owner.page(new_page, where(lab))
    page.locator("summary", has_text=re.compile("More for a$")).click()
    assert page_problems(page, "files-menu", console_errors) == []
    page.goto(page.url)
    page.locator("#files-new > summary").click()
    assert page_problems(page, "files-new", console_errors) == []
    page.goto(page.url)
    page.evaluate(DROP, [["a", "x"], ["c", "x"]])
    expect(page.get_by_role("dialog")).to_be_visible()
    page.get_by_role("button", name="Leave it as it is").click()
    expect(page.locator(".uploads")).to_contain_text("2 of 2 uploaded")
    expect(page.locator("[data-name]")).to_have_count(3)  # the list came anew, and will not do so while it is looked at
    conflict = [error for error in console_errors if "409" in error]  # the browser says so itself
    console_errors[:] = [error for error in console_errors if error not in conflict]
    assert page_problems(page, "files-uploads", console_errors) == []
