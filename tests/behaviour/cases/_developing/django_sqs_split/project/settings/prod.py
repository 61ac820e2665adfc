from .common import *  # noqa: F403

ALLOWED_HOSTS = ["hub.example.org"]
