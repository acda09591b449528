# A Django project as `startproject` makes it, reduced to accounts and sessions. Its database is the one in which Rekey has its schema.
import os

SECRET_KEY = "only for the test that made this database"
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "shop.urls"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions"]
MIDDLEWARE = ["django.contrib.sessions.middleware.SessionMiddleware", "django.contrib.auth.middleware.AuthenticationMiddleware"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": os.environ.get("SHOP_DATABASE_HOST"),
        "NAME": os.environ.get("SHOP_DATABASE_NAME", "rekey"),
        "USER": "shop",
    }
}
# Django's default first: it writes this one. The others read what older versions of the shop wrote.
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2SHA1PasswordHasher",
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.BCryptSHA256PasswordHasher",
]
WEBHOOK_SECRET = os.environ.get("SHOP_WEBHOOK_SECRET", "")
