"""What keeps an installation going: its backup, and what is wrong with it."""
