"""Pages for moderators, at `/console`: signing in, the queue, cases."""
