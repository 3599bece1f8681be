"""Django's settings that are the same on every machine."""

from __future__ import annotations

from pathlib import Path

VERSION = "0.1.0"

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "accounts.middleware.RequestIdMiddleware",
    "csp.middleware.CSPMiddleware",
    "spaces_site.api.platform.views.HealthMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.ActorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "spaces_site.pages.ErrorMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).resolve().parent.parent / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "spaces_site.pages.site",
            ],
        },
    },
]

# A folder that is pushed to seats has more files than Django expects of a form; how many it may have is said there.
DATA_UPLOAD_MAX_NUMBER_FILES = 1000

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
    }
}

CELERY_BEAT_SCHEDULE = {
    "heartbeat": {"task": "workspaces.heartbeat", "schedule": 10.0, "options": {"expires": 10}},
    "resend": {"task": "workspaces.resend", "schedule": 10.0, "options": {"expires": 10}},
    "spares": {"task": "workspaces.spares_fill", "schedule": 5.0, "options": {"expires": 5}},
    "sweep": {"task": "workspaces.sweep", "schedule": 60.0, "options": {"expires": 60}},
    "idle": {"task": "workspaces.idle_round", "schedule": 60.0, "options": {"expires": 60}},
    "expire": {"task": "workspaces.expire_round", "schedule": 60.0, "options": {"expires": 60}},
    "workshops": {"task": "workshop.round", "schedule": 10.0, "options": {"expires": 10}},
    "pushes": {"task": "workshop.resend", "schedule": 10.0, "options": {"expires": 10}},
    "history": {"task": "workspaces.history_round", "schedule": 120.0, "options": {"expires": 120}},
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["spaces_site.api.auth.ActorAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["spaces_site.api.auth.SignedIn"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["spaces_site.api.parsers.JSONParser", "spaces_site.api.parsers.FormParser"],
    "DEFAULT_SCHEMA_CLASS": "spaces_site.api.schema.DialectSchema",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Spaces",
    "VERSION": VERSION,
    "DESCRIPTION": "Ready-made computers in the browser.",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"no_secrets": {"()": "spaces_site.logs.NoSecrets"}},
    "formatters": {"plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["no_secrets"]}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "celery": {"level": "WARNING"},
        "uvicorn": {"level": "WARNING"},
        "kombu": {"level": "ERROR"},
        "django.request": {"level": "ERROR"},
    },
}
