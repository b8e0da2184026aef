"""Screens about the ledger: auditors' keys and cosignatures."""
