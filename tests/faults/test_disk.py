"""A disk that is full or broken at one call of `kb index`, whichever: it is told, nothing is lost, nothing wrong shown.

strace (Debian's package) makes the call fail, in the program, in SQLite or in Qdrant Edge. `make test-deep` only.
"""

import random
import re
import shutil
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.faults.places import KB, REPOSITORY, agree, contents, is_left

CHANGES = (
    *("write", "pwrite64", "writev", "fsync", "fdatasync", "msync", "ftruncate", "fallocate", "copy_file_range"),
    *("rename", "renameat", "renameat2", "link", "linkat", "mkdir", "mkdirat", "unlink", "unlinkat"),
)
"""What changes a disk, but for writing into mapped memory."""


def traced(place, *inject):
    """Run `kb index` under strace. What it printed, its exit code, its calls on the data, and the log of strace.

    Calls: (name, ordinal), counted from 1 as strace counts them, by name in each thread; those of one thread.
    """
    log = place.data.parent / "calls"
    command = ["strace", "-f", "--seccomp-bpf", "-qq", "-y", "-o", log, "-e", f"trace={','.join(CHANGES)}", *inject]
    done = subprocess.run(
        [*command, sys.executable, "-c", KB, "index"],
        cwd=REPOSITORY,
        env=place.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    written = log.read_text("utf-8", "replace")
    calls, counted = {}, Counter()
    for line in written.splitlines():
        if (named := re.match(r"(\d+) +(\w+)\(", line)) and named[2] in CHANGES:
            counted[named.groups()] += 1
            if str(place.data) in line:
                calls.setdefault(named[1], []).append((named[2], counted[named.groups()]))
    return done, max(calls.values(), key=len, default=[]), written


def without_names(place, encoder):
    """The contents of an index of the changed notes that knows the names of the epoch no more: it reads them anew."""
    place.change()
    (place.data / "index.names").unlink()
    place.index(encoder)
    return contents(place.data)


@pytest.mark.deep
@pytest.mark.timeout(3000)
def test_a_call_that_fails(new_place, calm, changed, encoder):
    changed_either = changed, without_names(new_place(calm[0]), encoder)
    place = new_place(calm[0])
    place.change()
    done, calls, _ = traced(place)
    assert done.returncode == 0, done.stderr
    agree(place.data, "under strace", *changed_either)
    assert {name for name, _ in calls} >= {"pwrite64", "fsync", "rename", "mkdir"}
    others = {key for key in contents(calm[0].data)[0] if not key.startswith(("be-3", "be-4"))}

    def fail(call):
        (name, ordinal), error = call
        place = new_place(calm[0])
        place.change()
        done, _, log = traced(place, "-e", f"inject={name}:error={error}:when={ordinal}")
        assert "(INJECTED)" in log, call
        assert done.returncode in (0, 1), (call, done.stderr)
        assert "Traceback" not in done.stderr, (call, done.stderr)
        if done.returncode == 0:
            agree(place.data, call, *changed_either)
        else:
            assert contents(place.data)[0].keys() >= others, call
        place.index(encoder)
        agree(place.data, call, *changed_either)
        assert not is_left(place.data, encoder), call
        shutil.rmtree(place.data)
        return done.returncode

    chance = random.Random(28)
    drawn = chance.sample(calls, 200)
    with ThreadPoolExecutor(2) as both:
        codes = [*both.map(fail, zip(drawn, ["ENOSPC", "EIO"] * len(drawn), strict=False))]
    assert sum(codes) > 50
