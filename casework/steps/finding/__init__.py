"""Finding copies: which references are near, how sure that is, and what the policy says of each."""
