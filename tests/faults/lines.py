"""A line to a server that fails as it is told to."""

import socket
import threading
from contextlib import suppress
from urllib.parse import urlsplit

WAYS = ("passes", "is slow", "refuses", "is silent", "breaks off", "says nonsense")
"""What a line does with what the server answers; one that refuses ends connections at once."""


class Line:
    """A port that leads to another. way: what it does from now on, one of WAYS"""

    def __init__(self, url):
        self.way = "passes"
        self._to = urlsplit(url).hostname, urlsplit(url).port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open, self._ended = [self._listener], threading.Event()
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        for each in self._open:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self):
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self.way == "refuses":
                    client.close()
                    continue
                server = socket.create_connection(self._to)
                self._open += [client, server]
                threading.Thread(target=self._carry, args=(client, server, False), daemon=True).start()
                threading.Thread(target=self._carry, args=(server, client, True), daemon=True).start()

    def _carry(self, source, target, answers):
        with suppress(OSError):
            while (data := source.recv(65536)) and self.way != "refuses":
                if answers and self.way == "is silent":
                    continue
                if answers and self.way == "is slow":
                    self._ended.wait(0.05)
                if answers and self.way == "says nonsense":
                    data = data[:-1] + b"\0" if len(data) > 1 else data
                if answers and self.way == "breaks off":
                    target.sendall(data[: len(data) // 2])
                    break
                target.sendall(data)
        for each in (source, target):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
