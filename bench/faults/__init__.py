"""Faults on purpose, one harness a file: what the site promises must hold while they last."""
