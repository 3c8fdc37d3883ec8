"""What the specifications say: the requirement catalogue and its typed loader."""
