"""Which repositories are taken for a clone."""

from __future__ import annotations

import pytest

from spaces_site.errors import Invalid
from workspaces.services.repository import NO_NETWORK, Repository, branch_check, destination_check, repository_check

URL = "https://git.example.org/ann/tool.git"
KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----"


def refused(repository: Repository, network_mode: str = "internet") -> str:
    with pytest.raises(Invalid) as caught:
        repository_check(repository, network_mode)
    assert caught.value.details
    return caught.value.code


@pytest.mark.parametrize(
    "url",
    [
        URL,
        f"  {URL} ",
        "https://git.example.org:8443/x",
        "https://127.0.0.1/x",
        "git@github.com:ann/tool.git",
        "ann-2@host:~/tool",
    ],
)
def test_an_https_or_ssh_address_is_taken(url: str) -> None:
    assert repository_check(Repository(url), "internet").url == url.strip()


@pytest.mark.parametrize(
    "url",
    [
        "", " ", "http://git.example.org/x", "git://git.example.org/x", "ssh://git@git.example.org/x", "file:///etc",
        "/etc", "./x", "ext::sh -c id", "ext::sh@host:x", "fd::17", "https::x", "-u@host:x", "--upload-pack=id@host:x",
        "git@-oProxyCommand=id:x", "git@host:-x", "git@host:", "host:path", "https://", "https://host", "https://host/",
        "https://-host/x", "https://ann:secret@host/x", "https://token@host/x", "https://host/x y", "https://host/x\ny",
        "https://host/x\0", "https://host/x?key=1", "https://host/x#y", "https://host/ü", "git@host:a b",
        "git@host:a\nb", "HTTPS://host/x", f"https://host/{'x' * 500}", "https://host:999999/x", "https://host\\@evil/x",
    ],
)  # fmt: skip
def test_no_other_address_is(url: str) -> None:
    assert refused(Repository(url)) == "REPO_URL_INVALID"


def test_a_password_in_the_address_is_refused_without_being_repeated() -> None:
    with pytest.raises(Invalid) as caught:
        repository_check(Repository("https://ann:hunter2@host/x"), "internet")
    assert "hunter2" not in caught.value.message + repr(caught.value.details)


@pytest.mark.parametrize("branch", ["", "main", "feature/new-thing", "v1.2", "@home", "ünï", "a.lock.b"])
def test_the_name_of_a_branch_is_taken(branch: str) -> None:
    assert branch_check(f" {branch} ") == branch


@pytest.mark.parametrize(
    "branch",
    [
        "-b", "--upload-pack=id", "a b", "a..b", "a~1", "a^", "a:b", "a?", "a*", "a[b", "a\\b", "@", "a@{1}", "/a",
        "a/", "a//b", "a.", ".a", "a/.b", "a.lock", "a.lock/b", "a\0b", "a\nb", "x" * 201,
    ],
)  # fmt: skip
def test_what_cannot_be_one_is_refused(branch: str) -> None:
    assert refused(Repository(URL, branch=branch)) == "REPO_BRANCH_INVALID"


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ("", "repo"), ("repo", "repo"), ("/repo", "repo"), ("/workspace/repo", "repo"), ("./a//b/", "a/b"),
        ("-x", "-x"), ("my repo", "my repo"), ("workspace/x", "workspace/x"), ("ü", "ü"),
    ],
)  # fmt: skip
def test_a_destination_is_below_the_workspace(asked: str, kept: str) -> None:
    assert repository_check(Repository(URL, destination=asked), "internet").destination == kept


@pytest.mark.parametrize(
    "path",
    [
        "..", "../x", "a/../../x", "/", ".", "/workspace", "/workspace/", "a/.git", ".GIT/hooks", "a\0", "a\nb",
        "x" * 256, "é" * 130, "/".join(["x" * 100] * 4), "\udcff",
    ],
)  # fmt: skip
def test_a_destination_outside_or_without_a_name_is_refused(path: str) -> None:
    with pytest.raises(Invalid) as caught:
        destination_check(path)
    assert caught.value.code == "REPO_DESTINATION_INVALID"


def test_a_token_belongs_to_https_and_a_key_to_ssh() -> None:
    assert repository_check(Repository(URL, token=" ghp_x "), "internet").token == "ghp_x"
    assert repository_check(Repository("git@host:x", token=KEY + "\n"), "internet").token == KEY
    assert refused(Repository("git@host:x", token="ghp_x")) == "REPO_TOKEN_INVALID"
    for token in ("two words", "a\nb", "a\0", "ü", "x" * 20_000, KEY):
        assert refused(Repository(URL, token=token)) == "REPO_TOKEN_INVALID"


def test_a_user_name_goes_with_https_and_in_front_of_the_token() -> None:
    checked = repository_check(Repository(URL, token="to:ken", username=" ann@example.org "), "internet")
    assert (checked.username, checked.secret) == ("ann@example.org", "ann@example.org:to:ken")
    assert repository_check(Repository(URL, token="ghp_x"), "internet").secret == "ghp_x"
    assert repository_check(Repository(URL, username="token-as-name"), "internet").secret == "token-as-name:"
    assert refused(Repository("git@host:x", username="ann", token=KEY)) == "REPO_USERNAME_INVALID"
    for username in ("two words", "a:b", "a\nb", "a\0", "ü", "x" * 300):
        assert refused(Repository(URL, username=username)) == "REPO_USERNAME_INVALID"


def test_a_workspace_without_network_cannot_have_one() -> None:
    with pytest.raises(Invalid) as caught:
        repository_check(Repository(URL), "none")
    assert (caught.value.code, caught.value.message) == ("REPO_NO_NETWORK", NO_NETWORK)


def test_the_token_is_not_in_what_is_printed_of_a_repository() -> None:
    assert "ghp_x" not in repr(Repository(URL, token="ghp_x", username="ghp_x"))


def test_a_key_that_lost_its_line_ends_in_a_form_gets_them_again() -> None:
    body = "A" * 70 + "\n" + "B" * 20
    key = f"-----BEGIN OPENSSH PRIVATE KEY-----\n{body}\n-----END OPENSSH PRIVATE KEY-----"
    for typed in (key, key.replace("\n", ""), key.replace("\n", " ")):
        assert repository_check(Repository("git@host:x", token=typed), "internet").token == key
