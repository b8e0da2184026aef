"""Scanners of others against a running site, beside a control app in which they must find holes."""
