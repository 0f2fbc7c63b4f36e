"""What the answers of people say about the evidence they were shown. Pure."""
