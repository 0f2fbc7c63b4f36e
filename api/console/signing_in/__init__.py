"""Signing in, with a password or with an identity provider."""
