"""Gatekeeping for requests: form, CSRF, identity, staff, in the order of contract.md section 3."""
