"""What commands print, and how they complain."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.text import Text

from conformance.exits import Exit

_WIDEST = 10_000


class Screen(Console):
    """Standard output; lines are only broken where a human watches, not for a pipe or a file."""

    def __init__(self) -> None:
        super().__init__(highlight=False, markup=False, emoji=False)
        if not self.is_terminal:
            self.width = _WIDEST

    def print(self, *objects: Any, **options: Any) -> None:
        """Prints; without the blanks that fill a table's lines, where nobody watches."""
        if self.is_terminal:
            super().print(*objects, **options)
            return
        with self.capture() as captured:
            super().print(*objects, **options)
        try:
            for line in captured.get().splitlines():
                sys.stdout.write(f"{line.rstrip()}\n")
            sys.stdout.flush()
        except BrokenPipeError:
            self.on_broken_pipe()

    def on_broken_pipe(self) -> None:
        """Ends quietly: who reads the first lines only, has seen what they wanted."""
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise BrokenPipeError


def complain(sentence: str, code: Exit) -> Exit:
    """Says what went wrong on standard error; gives back the exit code."""
    console = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)
    console.print(Text(f"ERROR: {sentence}", style="red"))
    return code


def hint(word: str, known: Iterable[str]) -> str:
    """`; did you mean "…"?` with the known word that is closest, or nothing."""
    close = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.4)
    return f'; did you mean "{close[0]}"?' if close else ""
