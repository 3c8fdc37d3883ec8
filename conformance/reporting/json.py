"""The run as one JSON document: what the run file holds, line by line, in one object."""

from __future__ import annotations

from json import dumps

from conformance.model import Run


def render(run: Run) -> str:
    """The run as `{"header": …, "outcomes": […], "observations": […], "footer": …}`.

    The members are the lines of the run file; `footer` is null where the run was cut off.
    """
    document = {
        "header": run.header.to_json(),
        "outcomes": [outcome.to_json() for outcome in run.outcomes],
        "observations": [observation.to_json() for observation in run.observations],
        "footer": None if run.footer is None else run.footer.to_json(),
    }
    return dumps(document, indent=2, ensure_ascii=True) + "\n"
