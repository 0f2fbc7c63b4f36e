"""Where to look in a picture, and what it looks like there: what `local/1` is made of."""
