"""The demo: an invented city whose campaigns are seeded through the same rules as real use."""
