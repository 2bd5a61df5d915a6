"""A signal ends a process with its code, wherever it arrives."""

import signal
import subprocess
import sys

import pytest

from tests.conftest import REPOSITORY

PROCESS = """
import os, signal, time, weakref
from api.signals import exiting

class Freed:
    pass

def end(_=None):
    os.kill(os.getpid(), signal.SIGINT)
    for _ in range(1000):  # here the handler is called
        pass

signal.signal(signal.SIGINT, exiting(lambda number: 128 + number))
try:
    freed = Freed()
    kept = weakref.ref(freed, end)
    {what}
    time.sleep(60)
finally:
    print("removed")
"""


@pytest.mark.parametrize("what", ["end()", "del freed"])
def test_it_exits_quietly_and_removes_what_is_not_to_stay(what):
    command = [sys.executable, "-c", PROCESS.replace("{what}", what)]
    ended = subprocess.run(command, check=False, cwd=REPOSITORY, capture_output=True, text=True, timeout=30)
    assert (ended.returncode, ended.stdout, ended.stderr) == (128 + signal.SIGINT, "removed\n", "")


def test_other_exceptions_are_still_told():
    raising = "freed = Freed()\nkept = weakref.ref(freed, lambda _: 1 / 0)\ndel freed\nraise SystemExit"
    process = PROCESS.partition("try:")[0] + raising
    command = [sys.executable, "-c", process]
    ended = subprocess.run(command, check=False, cwd=REPOSITORY, capture_output=True, text=True, timeout=30)
    assert ended.returncode == 0
    assert "ZeroDivisionError" in ended.stderr
