"""The product's settings for the suite: on a private ground, without a broker, with a quick password hash."""

from tests import ground

ground.prepare()

from callcenter.settings import *  # noqa: E402  the ground must stand first

CELERY_BROKER_URL = "memory://"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# No comparison groups in tests: one customer in twenty would see no card.
OFFERS_SALT = ""
