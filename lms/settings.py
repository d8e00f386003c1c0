"""One file of settings, read from the environment.

Without any variable this is the embedded default: SQLite, a queue of files, e-mails as files,
everything written under DATA_DIR. `DATABASE_URL`, `REDIS_URL`, `EMAIL_URL` and `SITE_URL` make it
a production; README.md says how.
"""

from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _
from redis.backoff import NoBackoff
from redis.retry import Retry

from lms.environment import Env
from lms.ui.headers import for_static

BASE_DIR = Path(__file__).resolve().parent.parent
env = Env()

DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / ".data")))
DATA_DIR.mkdir(parents=True, exist_ok=True)

DEBUG = env.flag("DEBUG", False)
SECRET_KEY = env.secret("SECRET_KEY", kept_in=DATA_DIR / "secret-key")
SECRET_KEY_FALLBACKS = env.keys("SECRET_KEY_FALLBACKS")  # earlier ones, still read
# Encrypts the secrets of second factors, the first of these; SECRET_KEY does where there is none.
FACTOR_KEYS = env.keys("FACTOR_KEYS")
REVISION = env.str("REVISION", default="")  # of the code, for /version
SITE_URL = env.str("SITE_URL", default="http://127.0.0.1:8000").rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[SITE_URL])

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "ckeditor",
    "csp",
    "heroicons",
    "rules.apps.AutodiscoverRulesConfig",
    "treebeard",
    "lms.audit",
    "lms.ui",
    "lms.people",
    "courses",
    "quizzes",
    "certificates",
    "lms.reports",
    "lms.privacy",
    "lms.home",
    "lms.ops",
]

MIDDLEWARE = [
    "lms.ui.middleware.RequestId",
    "lms.ui.middleware.Busy",
    "lms.ops.middleware.Probes",
    "lms.ops.middleware.Watch",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "lms.ui.middleware.GZip",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "lms.ui.middleware.BodySize",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "lms.ui.middleware.Kept",
    "lms.audit.middleware.Address",
    "lms.people.middleware.PersonMiddleware",
    "lms.people.middleware.LastSeenMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "lms.people.middleware.OnboardingMiddleware",
]

ROOT_URLCONF = "lms.urls"
WSGI_APPLICATION = "lms.wsgi.application"
FORM_RENDERER = "lms.ui.forms.Renderer"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "lms.people.context_processors.people",
            ],
        },
    },
]

# A server that does not answer is given up after so many seconds (libpq: two at least).
CONNECT_TIMEOUT = env.seconds("CONNECT_TIMEOUT", 3)

# Databases. The cache of the embedded default lies in a file of its own: a writer of the cache
# must not keep a writer of answers waiting.
DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{DATA_DIR}/waypost.db")}
EMBEDDED = DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3"
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA foreign_keys=ON;",
}
if EMBEDDED:
    DATABASES["default"]["OPTIONS"] = SQLITE_OPTIONS
else:
    # A lock that lasts is answered with 503, as SQLite's busy timeout does. A host that is gone is
    # noticed on connections kept open too: else the kernel goes on asking for a quarter of an hour.
    # What DATABASE_URL says of the connection (`?sslmode=verify-full&sslrootcert=…`) goes first.
    DATABASES["default"] |= {
        "ENGINE": "lms.postgresql",
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            # Statements that lms.prepared composes are planned once a connection (lms.postgresql).
            "server_side_binding": True,
            "prepare_threshold": 3,
            "connect_timeout": CONNECT_TIMEOUT,
            "tcp_user_timeout": 10_000,  # milliseconds
            "keepalives_idle": 10,
            "keepalives_interval": 5,
        }
        | DATABASES["default"].get("OPTIONS", {})
        | {"options": "-c lock_timeout=15000"},
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", default="")
if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            "OPTIONS": {
                "socket_connect_timeout": CONNECT_TIMEOUT,
                "socket_timeout": CONNECT_TIMEOUT,
                # Once more at once, for a connection that a restart closed.
                "retry": Retry(NoBackoff(), 1),
            },
        }
    }
else:
    DATABASES["cache"] = {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(DATA_DIR / "cache.db"),
        "OPTIONS": SQLITE_OPTIONS | {"init_command": "PRAGMA journal_mode=WAL;"},
    }
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.db.DatabaseCache",
            "LOCATION": "cache",
        }
    }
# Parts of pages that only a publication or a new release changes; in each process's own memory.
in_memory = "dummy.DummyCache" if DEBUG else "locmem.LocMemCache"  # a template may change then
CACHES["fragments"] = {
    "BACKEND": f"django.core.cache.backends.{in_memory}",
    "LOCATION": "fragments",
    "TIMEOUT": None,
    "OPTIONS": {"MAX_ENTRIES": 10_000},
}
DATABASE_ROUTERS = ["lms.routers.CacheRouter"]

# Celery. `make run` has no server: a queue of files. kombu loses a task whose worker is killed,
# so every task of consequence has a sweep behind it.
QUEUE_DIR = DATA_DIR / "queue"
CELERY_BROKER_URL = REDIS_URL or "filesystem://localhost"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {"socket_connect_timeout": CONNECT_TIMEOUT}
if not REDIS_URL:
    for folder in ("messages", "control"):
        (QUEUE_DIR / folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(QUEUE_DIR / "messages"),
        "data_folder_out": str(QUEUE_DIR / "messages"),
        "control_folder": str(QUEUE_DIR / "control"),
        "store_processed": False,
    }
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    "staff lists left behind": {"task": "lms.people.sweeps.sweep_staff_lists", "schedule": 60.0},
    "jobs left behind": {"task": "lms.people.sweeps.sweep_jobs", "schedule": 60.0},
    "sessions that are over": {"task": "lms.people.sweeps.sweep_sessions", "schedule": 3600.0},
    "officers to be assigned": {"task": "courses.sweeps.sweep_assignments", "schedule": 60.0},
    "submit what ran out of time": {"task": "quizzes.sweeps.sweep_attempts", "schedule": 60.0},
    "files of certificates": {"task": "certificates.sweeps.sweep_certificates", "schedule": 60.0},
    "enrolments after a publication": {"task": "courses.sweeps.sweep_enrolments", "schedule": 60.0},
    "accounts of the discharged": {
        "task": "lms.people.sweeps.sweep_accounts",
        "schedule": 60.0,
    },
    "checklists made shorter": {"task": "courses.sweeps.sweep_ticks", "schedule": 300.0},
    "figures of large units": {"task": "lms.reports.sweeps.sweep_figures", "schedule": 300.0},
    "reminder mails": {"task": "courses.sweeps.sweep_digests", "schedule": 60.0},
    "data that people asked for": {"task": "lms.privacy.sweeps.sweep_exports", "schedule": 60.0},
    "what is kept no longer": {"task": "lms.privacy.sweeps.sweep_retention", "schedule": 86400.0},
}

# People
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = [
    "rules.permissions.ObjectPermissionBackend",
    "lms.people.auth.Backend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("login", "given_name", "family_name", "email")},
    },
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "lms.people.passwords.BreachedPasswordValidator"},
    {"NAME": "lms.people.passwords.WordsOfTheServiceValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
# Words of the service, one a line, that no password may be made of: beside those of the product.
PASSWORD_WORDS = env.lines("PASSWORD_WORDS_FILE")
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "lms.people.auth.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = "login"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = env.flag("REMEMBER_ME", False)
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_PRESERVE_USERNAME_CASING = False
# The reset of a password needs no second list of addresses.
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105
ACCOUNT_FORMS = {
    "login": "lms.people.forms.SignInForm",
    "reauthenticate": "lms.people.forms.second_factor.PasswordAgainForm",
}
# A whole shift signs in from one address within minutes, so the limit that counts is per account.
ACCOUNT_RATE_LIMITS = {
    "login": "1200/m/ip",
    "login_failed": "120/m/ip,5/5m/key",
    "change_password": "10/m/user",
    "reset_password": "60/m/ip,5/15m/key",
    "reset_password_from_key": "60/m/ip",
    "reauthenticate": "20/m/user",
}

# The second factor: an app, passkeys, printed codes. Whoever has such a role must have one.
MFA_REQUIRED_ROLES = env.words(
    "MFA_REQUIRED_ROLES", among=("trainer", "coordinator", "administrator", "operator")
)
MFA_ADAPTER = "lms.people.second_factor.Adapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_FORMS = {
    "authenticate": "lms.people.forms.second_factor.SecondStepForm",
    "authenticate_webauthn": "lms.people.forms.second_factor.PasskeyForm",
    "activate_totp": "lms.people.forms.second_factor.SetUpAppForm",
    "generate_recovery_codes": "lms.people.forms.second_factor.MakeCodesForm",
    "add_webauthn": "lms.people.forms.second_factor.AddPasskeyForm",
    "edit_webauthn": "lms.people.forms.second_factor.RenamePasskeyForm",
}
MFA_TOTP_ISSUER = "Waypost"
MFA_TOTP_TOLERANCE = 1  # steps of 30 seconds before and after: clocks differ
# For many the only factor: a sheet lasts a month of shifts.
MFA_RECOVERY_CODE_COUNT = 20
MFA_RECOVERY_CODE_DIGITS = 8
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # addresses come from the service, if there are any
VERIFY_RATE = env.int("VERIFY_RATE", default=60)  # look-ups of certificates per minute and address

# Sessions: PCs are shared, so nothing outlives the browser or a long shift.
SESSION_ENGINE = "lms.people.session_store"
SESSION_COOKIE_AGE = 13 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
IS_HTTPS = SITE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = IS_HTTPS
# With this name browsers take a cookie from this host alone, and not from a neighbour of it.
COOKIE_PREFIX = "__Host-" if IS_HTTPS else ""
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrftoken"
LANGUAGE_COOKIE_NAME = f"{COOKIE_PREFIX}django_language"
MESSAGE_STORAGE = "lms.ui.cookies.Messages"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "lms.ui.views.csrf_failure"

# For how many days personal data are kept: lms/privacy/register.py says what, from when, and why.
KEEP_DAYS = {
    "accounts": env.days("KEEP_CLOSED_ACCOUNTS_DAYS", 1095),
    "answers": env.days("KEEP_REPLACED_ANSWERS_DAYS", 365),
    "addresses": env.days("KEEP_ADDRESSES_DAYS", 180),
    "staff_lists": env.days("KEEP_STAFF_LISTS_DAYS", 90),
    "requests": env.days("KEEP_REQUESTS_DAYS", 365),
    "jobs": env.days("KEEP_JOBS_DAYS", 180),
    "reminders": env.days("KEEP_REMINDERS_DAYS", 365),
    "calendars": env.days("KEEP_REVOKED_CALENDARS_DAYS", 90),
    "drafts": env.days("KEEP_DRAFTS_DAYS", 365),
    "operator_log": env.days("KEEP_OPERATOR_LOG_DAYS", 365),
    "exports": env.days("KEEP_EXPORTS_DAYS", 7),
}

# Languages of the buttons; courses declare their own.
LANGUAGE_CODE = "uk"
LANGUAGES = [
    ("uk", _("Ukrainian")),
    ("be", _("Belarusian")),
    ("ru", _("Russian")),
    ("en", _("English")),
]
LANGUAGE_COOKIE_SAMESITE = "Lax"
LOCALE_PATHS = [BASE_DIR / "lms" / "locale"]
FORMAT_MODULE_PATH = ["lms.formats"]
USE_TZ = True
TIME_ZONE = "UTC"

# Files
STATIC_URL = "/static/"
# A container or an installed instance has them beside the code, where nothing is written.
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(DATA_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "lms" / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "courses.richtext.UsedFiles",
]
MEDIA_ROOT = DATA_DIR / "media"
# What trainers may upload. A proxy in front must let bodies of the largest through.
MAX_IMAGE_MB = env.int("MAX_IMAGE_MB", default=10)
MAX_IMAGE_MEGAPIXELS = env.int("MAX_IMAGE_MEGAPIXELS", default=40)
MAX_VIDEO_MB = env.int("MAX_VIDEO_MB", default=500)
MAX_FILE_MB = env.int("MAX_FILE_MB", default=50)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "lms.ui.storage.BundledStaticFilesStorage"},
}
WHITENOISE_MAX_AGE = 3600
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_ADD_HEADERS_FUNCTION = for_static

# Mail
vars().update(env.email_url("EMAIL_URL", default="filemail://"))
if not env.str("EMAIL_URL", default=""):
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(DATA_DIR / "mail")
EMAIL_TIMEOUT = 30  # seconds; well below the lease of a certificate that is being finished
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Waypost <waypost@localhost>")

# Security
if env.flag("BEHIND_PROXY", False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
TRUST_FORWARDED_FOR = env.flag("BEHIND_PROXY", False)
SECURE_HSTS_SECONDS = 31536000 if IS_HTTPS else 0
# Off unless asked for: SITE_URL may be the service's own domain, with hosts of others below it.
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.flag("HSTS_SUBDOMAINS", False)
SECURE_SSL_REDIRECT = env.flag("SSL_REDIRECT", False)
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

SILENCED_SYSTEM_CHECKS = [
    # CKEditor 4.22.1 is out of support: known, and why nothing rests on it (courses/richtext.py).
    "ckeditor.W001",
]
# For whoever watches the instance (lms.ops)
METRICS_DIR = env.str("METRICS_DIR", default="")
if METRICS_DIR:
    Path(METRICS_DIR).mkdir(parents=True, exist_ok=True)
WORKER_STAMP = env.str("WORKER_STAMP", default="")  # a file that a worker touches after each task

LOG_FORMAT = env.choice("LOG_FORMAT", ["line", "json"])
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"},
        "json": {"()": "lms.ops.logs.JsonFormatter"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    # The web server has set up loggers of its own before it loads this.
    "loggers": {"_granian": {"handlers": ["console"]}} if LOG_FORMAT == "json" else {},
}
