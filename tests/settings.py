"""The product's settings for the suite: on a private ground, without a broker, with a quick password hash."""

import os

from tests import ground

ground.prepare()

from callcenter.settings import *  # noqa: E402  the ground must stand first

# On a server of your own there is no migrated database to copy: Django migrates an empty one.
DATABASES["default"]["TEST"] = {"TEMPLATE": os.environ.get("ZHIYIN_TEST_TEMPLATE")}
CELERY_BROKER_URL = "memory://"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# No comparison groups in tests: one customer in twenty would see no card.
OFFERS_SALT = ""
# Every test's client begins anew: let it look for a file when one is asked for, not for all of them first (a sixth of
# all the time of tests that ask for pages).
WHITENOISE_AUTOREFRESH = True
