"""What must never happen while a page is open: an error of any kind, a request to anywhere but the server."""


class Watch:
    """What the tabs of one test complained of, and what they asked for from `home` or elsewhere."""

    def __init__(self, home):
        self.home = home
        self.complaints: list[str] = []
        self.asked: list[str] = []
        self.failing: dict[str, int] = {}
        """Documents that a test opens to see an error page, with their status: the browser reports these too."""
        self.provoked: tuple[str, ...] = ()
        """What else the browser reports because a test makes it happen: parts of the messages."""

    def follow(self, context):
        """Note everything that happens in a context."""
        context.on("console", self._console)
        context.on("weberror", self._error)
        context.on("request", self._request)

    def elsewhere(self):
        """Requests to anywhere but the server."""
        return [url for url in self.asked if not url.startswith(f"{self.home}/")]

    def _console(self, message):
        status = self.failing.get(message.location["url"])
        if any(part in message.text for part in self.provoked):
            return
        if message.type == "error" and not (status and f"responded with a status of {status} " in message.text):
            self.complaints.append(f"{message.text} ({message.location['url']})")

    def _error(self, error):
        self.complaints.append(str(error.error))

    def _request(self, request):
        self.asked.append(request.url)
