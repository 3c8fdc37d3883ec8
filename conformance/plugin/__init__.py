"""The pytest plugin: options, fixtures, ordering, verdicts, recording, progress."""
