"""A note as it is shown: cards, passages, highlights, reasons, links."""
