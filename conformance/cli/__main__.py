"""`python -m conformance.cli`: the command line without its script."""

import sys

from conformance.cli import main

sys.exit(main())
