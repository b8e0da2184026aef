"""From sheets and figures to the composite: judges, tables of figures, ranking, what is missing."""
