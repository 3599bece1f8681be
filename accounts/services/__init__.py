"""Everything that changes accounts, one module per subject."""

from accounts.services.codes import code_send
from accounts.services.links import link_issue, link_use
from accounts.services.pruning import accounts_prune
from accounts.services.sessions import (
    session_close,
    session_open,
    session_revoke,
    session_touch,
    sessions_for,
    sessions_revoke_others,
)
from accounts.services.tokens import (
    token_authenticate,
    token_issue,
    token_revoke,
    token_revoke_any,
    token_sign_in,
    tokens_for,
)
from accounts.services.users import (
    owner,
    user_ensure,
    user_lock,
    user_login,
    user_signup,
    user_unlock,
    user_update,
    username_for,
)

__all__ = [
    "accounts_prune",
    "code_send",
    "link_issue",
    "link_use",
    "owner",
    "session_close",
    "session_open",
    "session_revoke",
    "session_touch",
    "sessions_for",
    "sessions_revoke_others",
    "token_authenticate",
    "token_issue",
    "token_revoke",
    "token_revoke_any",
    "token_sign_in",
    "tokens_for",
    "user_ensure",
    "user_lock",
    "user_login",
    "user_signup",
    "user_unlock",
    "user_update",
    "username_for",
]
