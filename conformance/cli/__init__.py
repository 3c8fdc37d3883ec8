"""The command line `oauth-conformance`."""

import click

from conformance import __version__


@click.group()
@click.version_option(__version__)
def main() -> None:
    """Tells, with proof, whether an OAuth 2.0 authorization server does what it must."""
