"""How passwords and client secrets are hashed here."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class QuickHasher(PBKDF2PasswordHasher):
    """Django's own password hash with few iterations, so that a run does not wait for them."""

    iterations = 1000
