"""What is done for those who look all day: their own view, what they were shown, and pauses."""
