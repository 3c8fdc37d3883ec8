"""Generated inputs: what is drawn, how a search for a breach goes, and what a grant's life is."""
