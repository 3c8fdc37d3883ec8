"""OAuth's own words as pure functions: no network, no pytest."""
