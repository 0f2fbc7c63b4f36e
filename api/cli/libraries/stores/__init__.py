"""Protocols that stores of objects speak, one file each; each needs a library that is an extra."""
