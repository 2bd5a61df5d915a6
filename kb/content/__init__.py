"""The content folders on disk: the only code that opens note files."""
