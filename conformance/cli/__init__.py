"""The command line `oauth-conformance`: one module a command, loaded when it is asked for."""

from __future__ import annotations

import importlib
import sys
import traceback
from collections.abc import Sequence

import click

from conformance import __version__
from conformance.cli.screen import complain, hint
from conformance.errors import ConformanceError, Inconclusive
from conformance.exits import Exit

NAME = "oauth-conformance"

_MODULES = {
    "run": "run",
    "init": "init",
    "doctor": "doctor",
    "render": "render",
    "matrix": "matrix",
    "list": "listing",
    "explain": "explain",
    "serve": "serve",
}
"""Which module of this room holds a command; what one needs, the others do not wait for."""


class Commands(click.Group):
    """The commands by name."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(_MODULES)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002
        cmd_name: str,
    ) -> click.Command | None:
        module = _MODULES.get(cmd_name)
        if module is None:
            return None
        command: click.Command = importlib.import_module(f"{__name__}.{module}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in _MODULES and not args[0].startswith("-"):
            raise click.UsageError(f'there is no command "{args[0]}"{hint(args[0], _MODULES)}')
        return super().resolve_command(ctx, args)


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name=NAME)
def commands() -> None:
    """Tells, with proof, whether an OAuth 2.0 authorization server does what it must.

    Exit codes, of every command: 0 conforms; 1 a violation, a stale or expired waiver;
    2 interrupted; 3 a fault of this program; 4 refused before the first request;
    5 nothing selected; 6 no violation seen, but not all could be judged; 7 nothing could be
    judged.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit code. Errors are one sentence on standard error."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = commands.main(given, prog_name=NAME, standalone_mode=False, obj=tuple(given))
        return int(code or Exit.CONFORMS)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help() if error.ctx else error.format_message())
        return Exit.REFUSED
    except click.ClickException as error:
        return complain(error.format_message(), Exit.REFUSED)
    except Inconclusive as error:
        return complain(str(error), Exit.NOTHING_JUDGED)
    except ConformanceError as error:
        return complain(str(error), Exit.REFUSED)
    except (KeyboardInterrupt, click.Abort):
        return complain("interrupted", Exit.INTERRUPTED)
    except BrokenPipeError:
        return Exit.CONFORMS
    except Exception as error:
        traceback.print_exc()
        return complain(f"a fault of {NAME}: {type(error).__name__}: {error}", Exit.OURS)
