"""The nodes of a Qdrant server, asked one after another where one is down; what their client raises becomes ours."""

from collections.abc import Callable, Sequence
from typing import Final, Self, TypeVar

from httpx import HTTPError
from qdrant_client import QdrantClient
from qdrant_client.common.client_exceptions import QdrantException
from qdrant_client.http.exceptions import ApiException, ResponseHandlingException, UnexpectedResponse

from kb.errors import StoreUnavailable

Value = TypeVar("Value")

FAILURES: Final = (ApiException, QdrantException, HTTPError, OSError, ValueError, AssertionError)
"""What the client raises. It asserts that an answer has the shape of Qdrant's."""


class Nodes:
    """One server, or the nodes of a cluster, each of which answers for all. Safe to share between threads.

    What is asked may be carried out twice where a node fails with the answer on its way: every call of ours may be.

    wait: seconds that a node may wait for the others to make or name a collection. One that is down is waited for as
          long, so it is less than an answer is waited for
    """

    def __init__(self, clients: Sequence[QdrantClient], timeout: int = 60) -> None:
        """timeout: of the clients, in seconds"""
        self._clients = tuple(clients)
        self.wait = max(1, timeout // 2)
        self._answering = 0

    @classmethod
    def at(cls, addresses: str, api_key: str | None, timeout: int) -> Self:
        """Address nodes. Does not talk to them yet, and never asks for their version unbidden.

        addresses: separated by commas; timeout: seconds
        """
        try:
            return cls(
                [
                    QdrantClient(url=address.strip(), api_key=api_key, timeout=timeout, check_compatibility=False)
                    for address in addresses.split(",")
                ],
                timeout,
            )
        except FAILURES as error:
            raise _unavailable("be addressed", error) from error

    def ask(self, action: str, call: Callable[[QdrantClient], Value]) -> Value:
        """Return the answer of the node that answered last, or of the next one that is up. action: for the message

        Raises StoreUnavailable.
        """
        first = self._answering
        for place in range(first, first + len(self._clients)):
            client = self._clients[place % len(self._clients)]
            try:
                answer = call(client)
            except FAILURES as error:
                failed = error
                if not _is_down(error):
                    break
            else:
                self._answering = place % len(self._clients)
                return answer
        raise _unavailable(action, failed) from failed

    def close(self) -> None:
        """Close the connections."""
        for client in self._clients:
            client.close()


def may_be_missing(failure: StoreUnavailable) -> bool:
    """Return whether a server answered, and perhaps that it has no collection of this name."""
    said = failure.__cause__
    return isinstance(said, ValueError) or (isinstance(said, UnexpectedResponse) and said.status_code == 404)


def _is_down(error: Exception) -> bool:
    """Return whether another node may do better: it was not reached, broke off, or is cut off from the cluster."""
    if isinstance(error, UnexpectedResponse):
        return (error.status_code or 0) >= 500 or error.status_code == 408  # it has waited for another in vain
    return isinstance(error, ResponseHandlingException) and isinstance(error.source, HTTPError | OSError)


def _unavailable(action: str, error: Exception) -> StoreUnavailable:
    return StoreUnavailable(
        f"The Qdrant server could not {action}.",
        internal=f"The client says: {str(error)[:500]}.",
        remedy="Check KB_QDRANT_URL and KB_QDRANT_API_KEY, and that the server is up; then try again.",
    )
