"""Screens of expert review: the judges' own small area, and the panel as staff see it."""
