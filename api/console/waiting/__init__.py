"""What waits for somebody: the queue, groups, approvals and second looks."""
