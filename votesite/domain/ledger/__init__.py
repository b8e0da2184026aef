"""The public, append-only log of a campaign (ledger.md)."""
