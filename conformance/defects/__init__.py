"""What a server can do wrong, one rule at a time: the proof that every check can fail."""
