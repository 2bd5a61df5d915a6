"""The files and folders that somebody names to `kb lint` and `kb fmt`, and which files belong to them."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from kb.errors import QueryError
from kb.issue import shown_path
from kb.notes.note import Kind


class ChosenPaths:
    """What is chosen: files, and whatever lies below folders; everything, where nothing is named.

    With a note goes what its sources say, `sources/<id>.yaml` of the same content folder.
    """

    def __init__(self, paths: Sequence[Path], roots: Sequence[Path]) -> None:
        """Raises QueryError for a path that does not exist or lies outside of the content folders."""
        for path in paths:
            if not path.exists():
                raise QueryError(
                    f"`{path}` does not exist.", field="paths", remedy="Name a file or a folder, not the id of a note."
                )
            if not any(path.resolve().is_relative_to(root.resolve()) for root in roots):
                raise QueryError(
                    f"`{path}` lies in none of the content folders ({', '.join(map(str, roots))}).",
                    field="paths",
                    remedy="Run it where the content lies, or set KB_CONTENT_DIRS.",
                )
        self._paths = tuple(paths)
        self._names = {name for path in paths for name in _names(path)}

    def __contains__(self, path: Path) -> bool:
        """Whether a file is chosen. Its path may be one of a problem (`kb.issue.shown_path`)."""
        return not self._paths or self._holds(path) or any(map(self._touches, _notes(path)))

    def refuse_empty(self, read: Iterable[str]) -> None:
        """Raises QueryError for a path that none of the files that were read lies below. read: their paths."""
        names = {name for path in read for name in _names(Path(path))} if self._paths else set()
        for path in self._paths:
            if not any(name.is_relative_to(folder) for folder in _names(path) for name in names):
                raise QueryError(
                    f"`{path}` holds no note.", field="paths", remedy="Notes are files `<id>/<fr, nl or en>.md`."
                )

    def _holds(self, path: Path) -> bool:
        return any(name.is_relative_to(folder) for name in _names(path) for folder in self._names)

    def _touches(self, folder: Path) -> bool:
        """Whether a folder is chosen, or something in it."""
        return self._holds(folder) or any(name.is_relative_to(one) for one in _names(folder) for name in self._names)


def _names(path: Path) -> set[Path]:
    """A path as it is typed and as links lead, both as problems name it."""
    return {Path(shown_path(str(one))) for one in (path.absolute(), path.resolve())}


def _notes(path: Path) -> Iterator[Path]:
    """The folders of the notes that a file is about which tells what sources say."""
    if path.parent.name == "sources":
        yield from (path.parent.parent / kind.folder / path.stem for kind in Kind)
