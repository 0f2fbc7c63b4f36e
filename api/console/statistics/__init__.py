"""Statistics for whoever runs a desk: how much, how fast, how right, and what another threshold would change."""
