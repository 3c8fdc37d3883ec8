"""One module per subject; the only room where the server is judged."""
