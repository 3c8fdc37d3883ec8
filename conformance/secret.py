"""Secret: a text that cannot be printed by accident."""

from __future__ import annotations

import hmac


class Secret:
    """A secret text with the name of what it is; shows itself only to `reveal()`.

    `str`, `repr` and formatting give its mark, such as `«password of alice»`. It equals another
    Secret with the same text and never a plain string.
    """

    __slots__ = ("_text", "name")

    def __init__(self, text: str, name: str = "secret") -> None:
        """Wrap `text`; `name` says what it is, in words that may be shown to anyone."""
        self._text = text
        self.name = name

    def reveal(self) -> str:
        """The text itself, for the one place that sends it."""
        return self._text

    def __repr__(self) -> str:
        return f"«{self.name}»"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._text))
