"""Long work: asked for by staff, done by a process of its own, one piece at a time."""
