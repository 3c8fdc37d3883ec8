"""Serves the Django project beside it, with the clients and users of the profile."""

import json
import os
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

import django
import waitress
from django.apps import apps
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application


def register() -> None:
    """Make the clients and users of the profile."""
    user_model = apps.get_model("auth", "User")
    for user in json.loads(os.environ["SERVER_USERS"]):
        user_model.objects.create_user(user["username"], password=user["password"])
    application_model = apps.get_model("oauth2_provider", "Application")
    for client in json.loads(os.environ["SERVER_CLIENTS"]):
        application_model.objects.create(**application(client))


GRANTS = ("authorization_code", "implicit", "password", "client_credentials")


def application(client: dict[str, Any]) -> dict[str, Any]:
    """A client of the profile in the words of the toolkit."""
    # It has one grant type; a refresh goes with it.
    granted = (one for one in GRANTS if one in client.get("grant_types", ()))
    grant = next(granted, "client_credentials")
    return {
        "name": client["client_id"],
        "client_id": client["client_id"],
        "client_secret": client.get("client_secret", ""),
        "client_type": "confidential" if "client_secret" in client else "public",
        "authorization_grant_type": grant.replace("_", "-"),
        "redirect_uris": " ".join(client.get("redirect_uris", ())),
    }


def serve(port: int) -> None:
    """Serve until a signal comes; say on standard output when requests are taken."""
    site = StaticFilesHandler(get_wsgi_application())
    try:
        server = waitress.create_server(site, host="127.0.0.1", port=port, threads=8)
    except OSError as error:
        sys.exit(f"start: the server cannot listen: {error.strerror}")
    print(f"ready http://127.0.0.1:{server.effective_port}/o", flush=True)
    server.run()


def main() -> None:
    """Make a database in a temporary folder, serve, and leave nothing behind."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    with tempfile.TemporaryDirectory(prefix="django-oauth-toolkit-") as folder:
        os.environ |= {"SERVER_FOLDER": folder, "DJANGO_SETTINGS_MODULE": "project.settings"}
        django.setup()
        call_command("migrate", verbosity=0)
        register()
        serve(int(os.environ["SERVER_PORT"]))


main()
