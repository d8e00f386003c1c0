"""The product's settings on a database, cache and queue of the tests' own.

TEST_DATABASE_URL and TEST_REDIS_URL choose PostgreSQL and Redis; without them SQLite and files.
"""

import os
import tempfile

os.environ["DATA_DIR"] = os.environ.get("WAYPOST_TEST_DATA") or tempfile.mkdtemp(prefix="waypost-")
os.environ.setdefault("SECRET_KEY", "tests")
if url := os.environ.get("TEST_DATABASE_URL"):
    os.environ["DATABASE_URL"] = url
if url := os.environ.get("TEST_REDIS_URL"):
    # A test empties its cache, so each process of a parallel run has a database of its own.
    server, _, number = url.rpartition("/")
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    os.environ["REDIS_URL"] = f"{server}/{int(number) + worker}"

from lms.settings import *  # noqa: F403

DEBUG = False
STATIC_ROOT.mkdir(exist_ok=True)  # noqa: F405
ALLOWED_HOSTS = ["*"]
STORAGES = {
    **STORAGES,  # noqa: F405
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
if not REDIS_URL:  # noqa: F405
    # Rate limits in the memory of the test's process; the database cache has a test of its own.
    CACHES["default"] = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}  # noqa: F405
    del DATABASES["cache"]  # noqa: F405
