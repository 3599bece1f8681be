"""Django's settings; everything that differs between machines comes from the environment through `env.py`."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.utils.translation import gettext_lazy as _

from spaces_site.administration.look import UNFOLD  # noqa: F401 - a setting of its own
from spaces_site.env import BadSetting, Env, kept_secret, private_file
from spaces_site.fixed_settings import *  # noqa: F403 - what differs nowhere

BASE_DIR = Path(__file__).resolve().parent.parent
env = Env()

DEBUG = env.flag("SPACES_DEBUG")
DATA_DIR = (BASE_DIR / env.text("SPACES_DATA_DIR")).resolve()
DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
SECRET_KEY = env.text("SECRET_KEY") or kept_secret(DATA_DIR, "secret_key")

# -- where the site is
PORT = env.integer("PORT")
BASE_URL = (env.text("SPACES_BASE_URL") or f"http://localhost:{PORT}").rstrip("/")
_base = urlsplit(BASE_URL)
if _base.scheme not in ("http", "https") or not _base.hostname:
    raise BadSetting(f"SPACES_BASE_URL takes an address like https://spaces.example.org, not {BASE_URL!r}")
BASE_HOST = _base.hostname
"""Host of the site; a workspace is at `<id>.` + this."""
SECURE = _base.scheme == "https"
IS_LOCAL = BASE_HOST in ("localhost", "127.0.0.1", "::1")
BIND = env.text("SPACES_BIND") or ("127.0.0.1" if IS_LOCAL else "0.0.0.0")
BINDS_LOOPBACK = BIND == "localhost" or ipaddress.ip_address("127.0.0.1" if BIND == "localhost" else BIND).is_loopback
ALLOWED_HOSTS = ["*"] if DEBUG else [BASE_HOST, "localhost", "127.0.0.1", "[::1]"]

TRUST_PROXY = env.flag("SPACES_TRUST_PROXY")
AUTH_DISABLED = env.flag("SPACES_AUTH_DISABLED")
if AUTH_DISABLED and not BINDS_LOOPBACK:
    raise BadSetting(
        f"SPACES_AUTH_DISABLED makes every visitor the owner, so it needs SPACES_BIND on loopback, not {BIND}"
    )

ADMIN_EMAIL = env.text("SPACES_ADMIN_EMAIL")
NODES = [node.strip() for node in env.text("SPACES_NODES").split(",") if node.strip()]

# -- the engine
DOCKER_HOST = env.text("DOCKER_HOST")
ENGINE = "workspaces.engine.docker.DockerEngine"
INSTANCE = kept_secret(DATA_DIR, "instance", 8)
"""Written on everything this installation makes on the engine, so that two on one machine leave each other alone."""
SPACES_IMAGES_DIR = BASE_DIR / "images"
NETWORK_POOL = ipaddress.ip_network(env.text("SPACES_NETWORK_POOL"))

# -- limits
SPARE_NETWORKS = env.integer("SPACES_SPARE_NETWORKS", minimum=0)
MAX_WORKSPACES_PER_USER = env.integer("MAX_WORKSPACES_PER_USER")
MAX_CONCURRENT_WORKSPACES = env.integer("MAX_CONCURRENT_WORKSPACES")
ENABLE_RESOURCE_LIMITS = env.flag("ENABLE_RESOURCE_LIMITS")
MEMORY_PER_WORKSPACE_MB = env.integer("MEMORY_PER_WORKSPACE_MB", 64)
CPU_PER_WORKSPACE = env.number("CPU_PER_WORKSPACE")
PIDS_PER_WORKSPACE = env.integer("PIDS_PER_WORKSPACE", 16)
WORKSPACE_TIMEOUT_MINUTES = env.integer("WORKSPACE_TIMEOUT", minimum=0)
WORKSPACE_STOP_TIMEOUT_MINUTES = env.integer("WORKSPACE_STOP_TIMEOUT", minimum=0)
FILE_SIZE_LIMIT_MB = env.integer("FILE_SIZE_LIMIT_MB")
EXEC_TIMEOUT_SECONDS = env.number("EXEC_TIMEOUT_SECONDS")
CA_FILE = env.readable("SPACES_CA_FILE")
EXEC_OUTPUT_BYTES = env.integer("EXEC_OUTPUT_KB") * 1024

INSTALLED_APPS = [
    *(["daphne"] if DEBUG else []),  # first, so that runserver speaks ASGI
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "spaces_site.administration.app.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "csp",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "accounts",
    "workspaces",
    "workshop",
    "spaces_site",
]

ROOT_URLCONF = "spaces_site.urls"
ASGI_APPLICATION = "spaces_site.asgi.application"
# -- workshops
WORKSHOP_GROUP = env.text("WORKSHOP_GROUP")
WORKSHOP_ADMIN_PASSWORD = env.text("WORKSHOP_ADMIN_PASSWORD")
WORKSHOP_LANGUAGE = env.text("WORKSHOP_LANGUAGE")
if WORKSHOP_LANGUAGE not in ("", "de", "en"):
    raise BadSetting(f"WORKSHOP_LANGUAGE takes de or en, not {WORKSHOP_LANGUAGE!r}")
WORKSHOP_MAX_SEATS = env.integer("WORKSHOP_MAX_SEATS")

# -- data
DATABASE_URL = env.text("DATABASE_URL")
if DATABASE_URL:
    DATABASES = {"default": environ.Env.db_url_config(DATABASE_URL)}
    if DATABASES["default"]["ENGINE"].endswith("postgresql"):
        DATABASES["default"]["OPTIONS"] = {
            # A pool, since under ASGI each request may be on a thread of its own.
            "pool": {"min_size": 1, "max_size": 20, "timeout": 30},
            # What is asked again and again is planned once per connection: planning takes longer than finding.
            "server_side_binding": True,
            "prepare_threshold": 5,
        } | DATABASES["default"].get("OPTIONS", {})
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            # It holds the keys of all sessions. SQLite gives the files beside it the same mode.
            "NAME": private_file(DATA_DIR / "spaces.sqlite3"),
            "CONN_MAX_AGE": 60,  # opening one costs as much as three queries
            "OPTIONS": {
                # IMMEDIATE: a transaction that reads and then writes must wait at its start, not fail at its end.
                "transaction_mode": "IMMEDIATE",
                "timeout": 30,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-4000;",
            },
        }
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"

# -- work and live updates: one process when there is no Redis
REDIS_URL = env.text("REDIS_URL")
EMBEDDED = not REDIS_URL
WEB_PROCESSES = env.integer("WEB_PROCESSES")
if EMBEDDED and WEB_PROCESSES > 1:
    raise BadSetting(f"WEB_PROCESSES above 1 needs REDIS_URL, through which they tell each other, not {WEB_PROCESSES}")
if REDIS_URL:
    CHANNEL_LAYERS = {
        "default": {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [REDIS_URL]}}
    }
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
else:
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

CELERY_BROKER_URL = REDIS_URL or "memory://"
# The memory broker is polled; at 10 ms a task starts at once and the idle process still uses no measurable CPU.
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600} if REDIS_URL else {"polling_interval": 0.01}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_POOL = "threads"
CELERY_WORKER_CONCURRENCY = env.integer("WORKER_CONCURRENCY")
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat")

# -- mail
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM")
EMAIL_URL = env.text("EMAIL_URL")
AIRTABLE_API_KEY = env.text("AIRTABLE_API_KEY")
AIRTABLE_BASE_ID = env.text("AIRTABLE_BASE_ID")
AIRTABLE_TABLE = env.text("AIRTABLE_TABLE")
AIRTABLE_API_URL = env.text("AIRTABLE_API_URL").rstrip("/")
DEV_INBOX = False
MAIL_IS_SENT = bool(EMAIL_URL or (AIRTABLE_API_KEY and AIRTABLE_BASE_ID))
"""Whether mail reaches people, and not the console."""
if AIRTABLE_API_KEY and AIRTABLE_BASE_ID:
    EMAIL_BACKEND = "accounts.mail.AirtableBackend"
elif EMAIL_URL.startswith("filemail://"):
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = EMAIL_URL.removeprefix("filemail://")
elif EMAIL_URL:
    for _name, _value in environ.Env.email_url_config(EMAIL_URL).items():
        globals()[_name] = _value
    EMAIL_TIMEOUT = 10
else:
    EMAIL_BACKEND = "accounts.mail.DevelopmentBackend"
    # Whoever reads this page can sign in as anybody, so it exists only where nobody else can reach it; behind a proxy
    # everybody comes from this machine.
    DEV_INBOX = BINDS_LOOPBACK and IS_LOCAL and not TRUST_PROXY

# -- sessions, cookies, headers
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "workspaces"
# With the prefix no workspace on a name below ours can set a cookie of that name for us.
_PREFIX = "__Host-" if SECURE else ""
SESSION_COOKIE_NAME = f"{_PREFIX}spaces_session"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = f"{_PREFIX}spaces_csrf"
CSRF_FAILURE_VIEW = "spaces_site.pages.csrf_failure"
CSRF_TRUSTED_ORIGINS = [BASE_URL]
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31536000 if SECURE else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
X_FRAME_OPTIONS = "DENY"

# -- languages, static files
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("de", _("German"))]
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = SECURE
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
