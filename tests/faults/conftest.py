"""Places for tests of faults: fresh, calmly indexed, and what an index of the changed notes holds."""

import shutil

import pytest

from tests.api.conftest import assert_problem, data_dir, serve, start_server  # noqa: F401  # fixtures
from tests.depth import DEEP
from tests.faults.places import Place, contents, is_left, write_collection

collect_ignore = [] if DEEP else ["test_disk.py"]
"""It needs strace. Its short form are the tests of full disks of store and index."""


@pytest.fixture(scope="session")
def new_place(empty_data_dir, tmp_path_factory):
    """Makes a place: without an index or a vector of a note, or like another."""
    collection = tmp_path_factory.mktemp("collection")
    write_collection(collection)

    def make(like=None):
        folder = tmp_path_factory.mktemp("killed")
        shutil.copytree(like.content if like else collection, folder / "content")
        if like:
            shutil.copytree(like.data, folder / "data", symlinks=True)
        else:
            empty_data_dir(folder / "data")
        return Place(folder / "content", folder / "data")

    return make


@pytest.fixture(scope="session")
def calm(new_place):
    """A place that was indexed undisturbed, and how many seconds that took."""
    place = new_place()
    lasted = place.run()
    return place, lasted


@pytest.fixture(scope="session")
def changed(new_place, calm, encoder):
    """The contents of an index of the changed notes, made undisturbed."""
    place = new_place(calm[0])
    place.change()
    assert is_left(place.data, encoder)
    place.index(encoder)
    return contents(place.data)
