"""What the inside of a server looks like from outside: traces, paths, queries, settings."""

from __future__ import annotations

import re

_SIGNS = {
    "a Python stack trace": r"Traceback \(most recent call last\)|File \"[^\"\n]+\", line \d+",
    "a Java stack trace": r"\bat [\w$.]+\([\w$]+\.(?:java|kt|scala):\d+\)|Exception in thread",
    "a JavaScript stack trace": r"\bat (?:[\w.<>$ ]+ \()?(?:file://)?/[\w/.@-]+\.[cm]?[jt]s:\d+:\d+",
    "a .NET stack trace": r"\bat [\w.]+\([^)]*\) in [^\n]+:line \d+|System\.\w+Exception",
    "a PHP trace": r"\.php(?:\(\d+\)| on line \d+)|PHP (?:Fatal|Warning|Notice)",
    "a Ruby trace": r"\.rb:\d+:in [`']",
    "a Go trace": r"goroutine \d+ \[|\.go:\d+ \+0x",
    "the name of an exception": r"\b(?:[A-Za-z]+\.)*[A-Z][A-Za-z]+(?:Error|Exception)\b",
    "a file of the server": r"/(?:usr/(?:lib|local|src)|home/\w+|var/(?:www|lib)|opt|srv)/[\w./-]+",
    "a path of the server": r"\b[A-Z]:\\(?:\w+\\)+\w+|node_modules/|site-packages/",
    "a query of the server": r"\bSELECT\b.{1,200}\bFROM\b|\bINSERT INTO\b|SQLSTATE|ORA-\d{5}",
    "a setting of the server": r"\b(?:DATABASE_URL|SECRET_KEY|[A-Z]+_SETTINGS_MODULE)\b",
}
_PATTERNS = {what: re.compile(pattern, re.DOTALL) for what, pattern in _SIGNS.items()}


def internals(text: str) -> str | None:
    """What of its inside a server shows in a text, in words; None where it shows nothing."""
    return next((what for what, pattern in _PATTERNS.items() if pattern.search(text)), None)
