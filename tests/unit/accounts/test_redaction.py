"""What looks like a secret is not kept; what does not is."""

from __future__ import annotations

import time

import pytest

from accounts.redaction import HIDDEN, redacted, redacted_all

SECRET = "s3cr3tVALUE9876543210"
WITH_SECRETS = [
    'curl -H "Authorization: Bearer {}" http://localhost/',
    "curl -H 'authorization: {}' http://localhost/",
    "curl -H 'X-Api-Key: {}' http://localhost/",
    "curl -H 'PRIVATE-TOKEN: {}' http://localhost/",
    "http GET localhost Cookie:session={}",
    "git clone https://me:{}@example.org/a.git",
    "git clone https://{}@example.org/a.git",
    "psql postgres://me:{}@db/name",
    "export GITHUB_TOKEN={}",
    "export MY_API_KEY='{} and more'",
    'API_KEY="{}" ./run',
    "aws_secret_access_key = {}",
    "PASSWORD={} ./run",
    "DB_PASSWD={};./run",
    "curl 'http://localhost/?a=1&token={}&b=2'",
    'curl -d \'{{"password": "{}"}}\' http://localhost/',
    "curl -u me:{} http://localhost/",
    "curl --user 'me:{}' http://localhost/",
    "login --password {}",
    "login --api-key={}",
    "tool --access-token {} go",
    "mysql -u root -p{} shop",
    "sshpass -p {} ssh host",
    "docker login -u me -p {}",
    "echo ghp_{} > x",
    "echo sk-{} > x",
    "echo sk-ant-{} > x",
    "echo github_pat_{} | cat",
    "echo glpat-{} | cat",
    "echo eyJhbGciOiJIUzI1NiJ9.{}.abcdef",
    "cat <<X\n-----BEGIN OPENSSH PRIVATE KEY-----\n{}\n-----END OPENSSH PRIVATE KEY-----\nX",
    "echo 'secret: {}' > a.yml",
]
HARMLESS = [
    "ls -la",
    "cd /workspace && make test",
    "git commit -m 'Count the tokens of a text'",
    "git push origin main",
    "cat password.txt",
    "pip install tokenizers==0.15",
    "echo $PWD; PWD=/tmp pwd",
    "curl http://localhost:8000/api/v1/spaces/list",
    "ssh me@example.org",
    "grep -rn basic src",
    "python -u main.py",
    "mkdir -p a/b",
    "Alice’s laptop",
    "Mozilla/5.0 (X11; Linux x86_64) Chrome/142.0",
]


@pytest.mark.parametrize("text", WITH_SECRETS)
def test_a_secret_is_taken_out(text: str) -> None:
    found = redacted(text.format(SECRET))
    assert SECRET not in found
    assert HIDDEN in found


@pytest.mark.parametrize("text", HARMLESS)
def test_what_holds_none_stays_as_it_is(text: str) -> None:
    assert redacted(text) == text


def test_the_words_around_stay() -> None:
    assert (
        redacted("git clone https://me:abc@example.org/a.git b") == f"git clone https://me:{HIDDEN}@example.org/a.git b"
    )
    assert redacted("export A_TOKEN=abc B=c") == f"export A_TOKEN={HIDDEN} B=c"


def test_values_of_json_are_searched_through() -> None:
    found = redacted_all({"a": ["token=abc", 1, None], "b": {"c": "token=abc"}})
    assert found == {"a": [f"token={HIDDEN}", 1, None], "b": {"c": f"token={HIDDEN}"}}


@pytest.mark.parametrize(
    "text",
    [
        "a" * 20000,
        "token" * 4000,
        "://" * 7000,
        "-u " * 6000,
        "mysql " * 3000,
        "'\":" * 6000,
        "-p " * 6000,
        "token-" * 3000,
    ],
)
def test_no_text_takes_long(text: str) -> None:
    begin = time.process_time()
    redacted(text)
    assert time.process_time() - begin < 1
