"""The administration's site: our own sign-in, no passwords, and a policy that no other page has."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import AuditEvent, User


def test_signing_in_is_our_own_page_and_leads_back(client: Client) -> None:
    answer = client.get("/admin/workspaces/kind/", follow=True)
    assert answer.redirect_chain[-1] == ("/sign-in/?next=%2Fadmin%2Fworkspaces%2Fkind%2F", 302)


def test_who_is_no_staff_is_told_so_and_not_sent_round_in_circles(client: Client, alice: User) -> None:
    client.force_login(alice)
    answer = client.get("/admin/", follow=True)
    assert (answer.status_code, len(answer.redirect_chain)) == (403, 1)
    assert "for staff" in answer.content.decode()


def test_a_foreign_address_is_not_followed(client: Client, root: User) -> None:
    client.force_login(root)
    assert client.get("/admin/login/?next=https://evil.example/").headers["Location"] == "/admin/"


def test_signing_out_there_is_signing_out(client: Client, root: User) -> None:
    client.force_login(root)
    assert client.post("/admin/logout/").headers["Location"] == "/"
    assert client.get("/admin/").status_code == 302
    assert AuditEvent.objects.get(action="user.sign_out").actor == root


@pytest.mark.parametrize("path", ["password_change/", "password_change/done/"])
def test_nobody_has_a_password_to_change(path: str, client: Client, root: User) -> None:
    client.force_login(root)
    assert client.get(f"/admin/{path}").status_code == 404


def test_only_these_pages_have_the_laxer_policy(client: Client, root: User) -> None:
    client.force_login(root)
    policy = client.get("/admin/").headers["Content-Security-Policy"]
    assert "script-src 'self' 'unsafe-eval'" in policy and "style-src 'self' 'unsafe-inline'" in policy
    assert "frame-ancestors 'none'" in policy
    for path in ("/", "/workspaces/", "/sign-in/", "/api/health"):
        assert "unsafe" not in client.get(path).headers["Content-Security-Policy"]


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("theme", ["", "dark", "light"])
def test_the_site_follows_language_and_theme(language: str, theme: str, client: Client, root: User) -> None:
    client.force_login(root)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    client.cookies["spaces_theme"] = theme
    page = client.get("/admin/").content.decode()
    assert f'<html lang="{language}"' in page
    assert (f'class="{theme}"' in page) == bool(theme)
