"""Settings of Zhiyin 知音: one file, a section per room, every value from the environment typed and explained."""

from __future__ import annotations

from os import cpu_count
from pathlib import Path
from typing import Any

from celery.schedules import crontab
from csp.constants import NONE, SELF

from callcenter import env
from callcenter.embedded import read_urls

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = env.path("VAR_DIR", BASE_DIR / "var")
# Which kind of process this is decides its limits at the database: web, route, relay, work, command.
PROCESS = env.text("ZHIYIN_PROCESS", "command")

# --- ground ---------------------------------------------------------------------------------------------------------
DEBUG = env.flag("DEBUG", default=False)
_INSECURE_KEY = "insecure-demo-key-set-SECRET_KEY-in-production-0000000000000000000000"
SECRET_KEY = env.text("SECRET_KEY", _INSECURE_KEY)
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")  # good for what was signed and sealed before
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")
ROOT_URLCONF = "callcenter.urls"
ASGI_APPLICATION = "callcenter.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "callcenter.foundation",
    "callcenter.accounts",
    "routing",
    "customers",
    "ivr",
    "callcenter.telephony",
    "callcenter.console",
    "callcenter.floor",
    "callcenter.ivr_pages",
    "callcenter.insight_pages",
    "callcenter.satisfaction",
    "callcenter.backoffice",
    "callcenter.live",
    "callcenter.demo",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "callcenter.foundation.apps.OwnStaticFiles",
    "axes",
    "csp",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]

MIDDLEWARE = [
    "callcenter.foundation.middleware.RequestId",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "callcenter.foundation.middleware.ContentPolicy",
    "django_htmx.middleware.HtmxMiddleware",
    "callcenter.foundation.middleware.ReadableQuery",
    "callcenter.accounts.access.DenyByDefault",
    "axes.middleware.AxesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "callcenter" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "callcenter.accounts.access.navigation",
            ],
        },
    },
]

# --- database -------------------------------------------------------------------------------------------------------
# Limits per kind of process, in seconds: statement, lock, idle in transaction, transaction. A frozen process must
# never hold a row longer than its limit.
_LIMITS = {
    "web": (5, 1, 2, 10),
    "route": (2, 1, 2, 3),
    "relay": (2, 1, 2, 3),
    "work": (60, 5, 30, 60),
    "command": (0, 30, 0, 0),
}


# Which server each routing domain lives on; those not named live on DATABASE_URL. A process serves one of them.
ROUTING_DOMAIN = env.text("ROUTING_DOMAIN", "")
DOMAIN_DATABASES = env.pairs("DOMAIN_DATABASES")


def _database() -> dict[str, Any]:
    url = DOMAIN_DATABASES.get(ROUTING_DOMAIN) or env.text(
        "DATABASE_URL", read_urls(VAR_DIR).get("database", "postgresql:///zhiyin")
    )
    statement, lock, idle, transaction = (1000 * s for s in _LIMITS.get(PROCESS, _LIMITS["command"]))
    options: dict[str, Any] = {
        "options": f"-c statement_timeout={statement} -c lock_timeout={lock}"
        f" -c idle_in_transaction_session_timeout={idle} -c transaction_timeout={transaction}"
        " -c client_connection_check_interval=1000",
        "connect_timeout": 2,
        "server_side_binding": True,
        "prepare_threshold": 2,
        "application_name": f"zhiyin-{PROCESS}",
    }
    if PROCESS == "web":
        options["pool"] = {"min_size": 2, "max_size": env.number("DATABASE_POOL", 16), "timeout": 2}
    return {**env.database(url), "OPTIONS": options, "CONN_MAX_AGE": 0, "ATOMIC_REQUESTS": False}


DATABASES = {"default": _database()}
if PROCESS in {"route", "relay", "work"}:
    DATABASES["default"]["CONN_MAX_AGE"] = None

# Requests a web process works on at once; more wait in line. Above the pool's size they would wait for connections.
WEB_THREADS = env.number("WEB_THREADS", 10)

# --- accounts -------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "callcenter.accounts.passwords.AdminLength", "OPTIONS": {"min_length": 15}},
]
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "accounts:home"
LOGOUT_REDIRECT_URL = "accounts:login"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.1
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "callcenter.accounts.views.locked_out"
AXES_VERBOSE = False  # its lines would carry the name that was typed

# --- browser --------------------------------------------------------------------------------------------------------
SECURE = env.flag("SECURE", default=False)  # behind TLS: cookies, HSTS, redirects
if SECURE and SECRET_KEY == _INSECURE_KEY:
    raise env.WrongSetting("SECURE=1 needs a SECRET_KEY of its own: set it to 50 or more random characters.")
if SECURE:  # browsers bind these names to this host, over TLS, for the whole site
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"
SECURE_SSL_REDIRECT = SECURE
SECURE_REDIRECT_EXEMPT = [r"^(livez|readyz|startupz|metrics)$"]  # asked from inside, without TLS
LANGUAGE_COOKIE_SECURE = SECURE
LANGUAGE_COOKIE_SAMESITE = "Lax"  # as accounts.views writes it
SESSION_COOKIE_SECURE = SECURE
CSRF_COOKIE_SECURE = SECURE
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE
SECURE_HSTS_PRELOAD = SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "callcenter.foundation.faults.csrf_failed"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "worker-src": [SELF],
        "media-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    },
}

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "callcenter" / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "callcenter.foundation.storage.HashedStatic"},
}
# Without a collected manifest (tests, first start) files are served by their plain names.
WHITENOISE_USE_FINDERS = True

# --- languages ------------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.text("TIME_ZONE", "Asia/Shanghai")
LOCALE_PATHS = [BASE_DIR / "callcenter" / "locale"]

# --- public API -----------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["callcenter.accounts.api_keys.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["callcenter.accounts.access.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "callcenter.telephony.problems.handler",
    "UNAUTHENTICATED_USER": None,
    "DATETIME_FORMAT": "%Y-%m-%dT%H:%M:%S.%fZ",
}
# A token bucket per key and process: this many requests a second, and at once.
API_RATE_PER_S = env.number("API_RATE_PER_S", 200)
API_BURST = env.number("API_BURST", 400)
# Receivers of our own network that webhooks may reach, over http too: host names and networks (10.1.0.0/16).
WEBHOOK_ALLOW = env.words("WEBHOOK_ALLOW")
# Signing secrets are derived from this; another one is another secret for every receiver.
FIELD_KEYS = env.text("FIELD_KEYS", "")  # name:secret, …: the first seals sensitive fields, all of them open
FIELD_INDEX_KEY = env.text("FIELD_INDEX_KEY", "")  # what sealed identifiers are found by; "" follows from SECRET_KEY
WEBHOOK_MASTER_SECRET = env.text("WEBHOOK_MASTER_SECRET", SECRET_KEY)
SPECTACULAR_SETTINGS = {
    # Two rooms have a word of the same name: each keeps its own.
    "ENUM_NAME_OVERRIDES": {
        "ChannelEnum": "callcenter.telephony.requests.CHANNELS",
        "DraftStateEnum": ["proposed", "approved", "rejected", "published"],
        "JudgeFormVerdictEnum": "callcenter.telephony.api.contract_identity.VERDICTS",
        "AuditVerdictEnum": "callcenter.telephony.api.contract_stewardship.RIGHT_OR_WRONG",
        "LookupFormKindEnum": "callcenter.telephony.api.contract_stewardship.IDENTIFIER_KINDS",
        "LinkKindEnum": "callcenter.telephony.api.contract_identity.LINKS",
        "WorkStateEnum": ["asked", "running", "done", "failed"],
        "SwitchEventReasonEnum": "callcenter.telephony.wire.REASONS",
        "OutcomeEnum": "callcenter.telephony.api.contract_paths.OUTCOMES",
        "ImportStateEnum": "callcenter.telephony.api.contract_imports.STATES",
        "ImportKindEnum": "callcenter.telephony.api.contract_imports.KINDS",
    },
    "TITLE": "Zhiyin 知音 API",
    "DESCRIPTION": "Tell us of calls and what happens to them; we tell who takes them. Errors are problem+json with"
    " stable codes (/api/docs/errors). Unknown fields in answers are to be ignored: /api/v1 only grows.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_PUBLIC": True,
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "callcenter.telephony.api.strictness.say_what_is_refused",
    ],
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": [],
}

# --- work behind the scenes -----------------------------------------------------------------------------------------
# Connections that a night of insight works in side by side: as many as the database server has processors to spare.
INSIGHT_LANES = env.number("INSIGHT_LANES", min(4, cpu_count() or 1))
CELERY_BROKER_URL = env.text("CELERY_BROKER_URL", read_urls(VAR_DIR).get("broker", "redis://127.0.0.1:6379/0"))
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 120
CELERY_TIMEZONE = "UTC"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_IMPORTS = ("callcenter.hall.linking", "callcenter.hall.privacy")  # work of the hall, which is no app
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "close silent IVR sessions": {"task": "ivr.close_silent", "schedule": 60.0},
    "compute insight": {"task": "customers.insight", "schedule": crontab(hour=20, minute=10)},  # UTC: 4:10 in Beijing
    "find circles": {"task": "customers.circles", "schedule": crontab(hour=20, minute=30)},  # after insight
    "search clusters": {"task": "customers.clusters", "schedule": crontab(minute=0, hour=21, day_of_week="sun")},
    "measure data quality": {"task": "customers.quality", "schedule": crontab(hour=20, minute=40)},
    "forget what was kept long enough": {"task": "customers.forget", "schedule": crontab(hour=18, minute=40)},
    "choose between sources": {"task": "customers.assemble_golden", "schedule": crontab(hour=20, minute=5)},
    "find households": {"task": "customers.find_groups", "schedule": crontab(hour=20, minute=50)},
    "copy facts for counting": {"task": "customers.build_mirror", "schedule": 3600.0},
    "post reports": {"task": "ivr_pages.post_reports", "schedule": 60.0, "options": {"expires": 55.0}},
    "report on the menus": {
        "task": "ivr.weekly_reports",
        "schedule": crontab(minute=0, hour=22, day_of_week="sun"),  # UTC: Mondays at 6:00 in Beijing
    },
    "fetch customers from the watched folder and other databases": {
        "task": "customers.fetch",
        "schedule": 60.0,
        "options": {"expires": 60.0},
    },
    "find customers who are one person": {"task": "customers.link", "schedule": 86_400.0},
    "learn the reasons of calls": {"task": "ivr.train_intent", "schedule": crontab(hour=19, minute=45)},
    "forget answers kept for a day": {"task": "telephony.forget_answers", "schedule": 600.0},
    # A tick that nobody took within its second is worth nothing: the next one does the same.
    "look after callbacks": {
        "task": "telephony.look_after_callbacks",
        "schedule": 5.0,
        "options": {"expires": 5.0},
    },
    "carry webhooks": {"task": "telephony.carry_webhooks", "schedule": 1.0, "options": {"expires": 5.0}},
    "ask callers how it was": {"task": "telephony.consider_surveys", "schedule": 60.0, "options": {"expires": 50.0}},
    "let go of silent callers": {
        "task": "telephony.sweep_silent_callers",
        "schedule": 10.0,
        "options": {"expires": 10.0},
    },
    "tell of keys that look up many": {
        "task": "accounts.consider_keys",
        "schedule": 60.0,
        "options": {"expires": 55.0},
    },
    "settle notes that nobody saved": {
        "task": "console.settle_left_notes",
        "schedule": 60.0,
        "options": {"expires": 55.0},
    },
    "forget inspected requests": {"task": "telephony.sweep_requests", "schedule": 60.0},
    "forget old deliveries": {"task": "telephony.sweep_webhooks", "schedule": 600.0},
    "run campaigns": {"task": "customers.run_campaigns", "schedule": 60.0, "options": {"expires": 55.0}},
    "guard campaigns": {"task": "customers.guard_campaigns", "schedule": 900.0},
    "find out what became of offers": {
        "task": "customers.label_offers",
        "schedule": crontab(hour=19, minute=30),
    },
    "learn who says yes to which offer": {
        "task": "customers.learn_propensities",
        "schedule": crontab(hour=20, minute=0),  # after the labels
    },
    "mine what goes together": {
        "task": "customers.mine_together",
        "schedule": crontab(hour=19, minute=50, day_of_week="sun"),
    },
    "go on with imports": {"task": "customers.go_on", "schedule": 60.0, "options": {"expires": 55.0}},
    "go on with exports and erasures": {"task": "privacy.go_on", "schedule": 60.0, "options": {"expires": 55.0}},
    "turn the shelf": {"task": "customers.turn_the_shelf", "schedule": 120.0, "options": {"expires": 100.0}},
    "write the pool that saving promises are tried on": {
        "task": "customers.build_usage_pool",
        "schedule": crontab(hour=19, minute=10),  # UTC: 3:10 in Beijing
    },
    "solve prices of pairs": {"task": "routing.solve_prices", "schedule": 300.0, "options": {"expires": 240.0}},
    "learn what pairs are worth": {"task": "routing.train_scores", "schedule": 86_400.0},
}

# --- mail -----------------------------------------------------------------------------------------------------------
EMAIL_HOST = env.text("MAIL_HOST", "")  # none: letters wait, and the page says so
EMAIL_PORT = env.number("MAIL_PORT", 25)
EMAIL_HOST_USER = env.text("MAIL_USER", "")
EMAIL_HOST_PASSWORD = env.text("MAIL_PASSWORD", "")
EMAIL_USE_TLS = env.flag("MAIL_TLS", False)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.text("MAIL_FROM", "zhiyin@localhost")
PAGES_BASE = env.text("PAGES_BASE", "").rstrip("/")  # how staff reach the pages, for links in letters

# --- learned pairing ------------------------------------------------------------------------------------------------
# Which wrap-up codes say that something was sold, or that the caller complained.
ROUTING_SALE_DISPOSITIONS = env.words("ROUTING_SALE_DISPOSITIONS", "plan_changed")
ROUTING_COMPLAINT_DISPOSITIONS = env.words("ROUTING_COMPLAINT_DISPOSITIONS", "complaint_taken")
# What an outcome is worth, in one unit of your choice, and what a minute of an agent costs in it.
ROUTING_WORTH_RESOLVED = env.number("ROUTING_WORTH_RESOLVED", 100)
ROUTING_WORTH_SOLD = env.number("ROUTING_WORTH_SOLD", 50)
ROUTING_WORTH_SATISFIED = env.number("ROUTING_WORTH_SATISFIED", 50)
ROUTING_COST_MINUTE = env.number("ROUTING_COST_MINUTE", 2)
# --- customers ---------------------------------------------------------------------------------------------------------
IMPORT_FOLDER = env.path("IMPORT_FOLDER", BASE_DIR) if env.text("IMPORT_FOLDER", "") else None
ERASURE_LEDGER = env.path(
    "ERASURE_LEDGER", VAR_DIR / "erasures.ndjson"
)  # ids of erased customers, for restored backups
IMPORT_PULLS = env.pulls("IMPORT_PULLS")
# Hosts and networks whose databases people may name on the page Imports; empty: those with public addresses.
IMPORT_PULL_HOSTS = env.words("IMPORT_PULL_HOSTS")
CIRCLES_ENABLED = env.flag("CIRCLES_ENABLED", True)  # who talks with whom; 0 where an impact assessment forbids it

# --- offers ---------------------------------------------------------------------------------------------------------
# Decides who is left in peace for comparison: change it and every comparison group is drawn anew. Empty: no groups.
OFFERS_SALT = env.text("OFFERS_SALT", "zhiyin")

# --- satisfaction ---------------------------------------------------------------------------------------------------
# How callers reach this house from outside (https://calls.example.com), for links in messages; empty: as the API was asked.
SURVEY_LINK_BASE = env.text("SURVEY_LINK_BASE", "")

# --- routing --------------------------------------------------------------------------------------------------------
ROUTING_TICK_MS = env.number("ROUTING_TICK_MS", 100)  # the poll behind the wake-ups
PRESENCE_LEASE_S = env.number("PRESENCE_LEASE_S", 15)
RING_S = env.number("RING_S", 20)
TRANSFER_PREFIXES = env.words("TRANSFER_PREFIXES", "+86")  # outside numbers that agents may send callers to
RING_GRACE_S = 5  # the switch gives up first, then the lease
BRIDGE_S = 10  # accepted, but the switch never bridged

# --- watch ----------------------------------------------------------------------------------------------------------
METRICS_TOKEN = env.text("METRICS_TOKEN", "")  # without one there is no /metrics
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "callcenter.foundation.logs.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": env.text("LOG_LEVEL", "INFO")},
    "loggers": {
        "django.db.backends": {"level": "WARNING"},
        "axes": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},
        "weasyprint": {"level": "ERROR"},
        "fontTools": {"level": "ERROR"},
    },
}
