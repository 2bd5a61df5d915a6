"""How thorough a run is: `make test` takes the short form of tests that can go on for long, `make test-deep` the long.

KB_TEST_DEPTH=deep asks for the long form.
"""

import os

DEEP = os.environ.get("KB_TEST_DEPTH") == "deep"


def depth(short, deep):
    """Return the value for this run: so many rounds, examples or kills."""
    return deep if DEEP else short
