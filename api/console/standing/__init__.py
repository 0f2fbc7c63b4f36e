"""Pages about what stands: takedowns with their ledger, and appeals against decisions."""
