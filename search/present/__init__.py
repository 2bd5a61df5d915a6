"""What is shown of a note: cards, passages, highlights, reasons, links."""
