"""One case: its page, what is shown on it, and what is done there."""
