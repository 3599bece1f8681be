"""Addresses of the pages of accounts."""

from __future__ import annotations

from django.urls import path

from accounts.views import account, inbox, preferences, sign_in

urlpatterns = [
    path("sign-in/", sign_in.sign_in, name="sign-in"),
    path("sign-in/code/", sign_in.code, name="sign-in-code"),
    path("sign-in/resend/", sign_in.resend, name="sign-in-resend"),
    path("sign-in/link/<str:key>", sign_in.link, name="sign-in-link"),
    path("sign-up/", sign_in.sign_up, name="sign-up"),
    path("sign-out/", sign_in.sign_out, name="sign-out"),
    path("account/", account.account, name="account"),
    path("account/profile/", account.profile, name="account-profile"),
    path("account/tokens/", account.token_create, name="token-create"),
    path("account/tokens/<int:token_id>/revoke", account.token_end, name="token-revoke"),
    path("account/sessions/<int:session_id>/end", account.session_end, name="session-end"),
    path("account/sessions/end-others", account.sessions_end, name="sessions-end-others"),
    path("inbox/", inbox.inbox, name="inbox"),
    path("theme/", preferences.theme, name="theme"),
]
