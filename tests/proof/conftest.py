"""The sound runs, made once: by whichever worker comes first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from filelock import FileLock, Timeout

from conformance.model import Run
from tests.proof.harness import Judged, judge, judged

TARGETS = ("embedded-standard", "embedded-ilert", "embedded-legacy")


class SoundRuns(Mapping[str, Judged]):
    """What each dialect is judged to be without defects, by target; kept in a folder.

    Where another worker is at a target, this one makes those that nobody is at, and then waits.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[str, Judged] = {}

    def __getitem__(self, target: str) -> Judged:
        if target not in self._read:
            if not self._is_there(target, seconds=0):
                for another in TARGETS:
                    self._is_there(another, seconds=0)
                self._is_there(target, seconds=-1)
            run = Run.read(self._folder / target)
            assert run.footer is not None
            self._read[target] = judged(run.footer.exit_code, run)
        return self._read[target]

    def __iter__(self) -> Iterator[str]:
        return iter(TARGETS)

    def __len__(self) -> int:
        return len(TARGETS)

    def _is_there(self, target: str, seconds: float) -> bool:
        """Makes a run that is not there; False where another worker is at it for that long."""
        folder = self._folder / target
        try:
            with FileLock(folder.with_suffix(".lock"), timeout=seconds):
                if not (folder / "run.jsonl").is_file():
                    judge(target, output=folder)
        except Timeout:
            return False
        return True


@pytest.fixture(scope="session")
def sound(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> SoundRuns:
    """The sound runs, shared by the workers of this session."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if hasattr(request.config, "workerinput") else base
    (shared / "sound").mkdir(exist_ok=True)
    return SoundRuns(shared / "sound")
