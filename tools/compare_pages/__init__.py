"""Show that a restructuring has changed no page: two checkouts, one set of demo data.

    python -m tools.compare_pages BASE_CHECKOUT [NEW_CHECKOUT] [--instance DIR]

Run it from the checkout that holds this package; NEW_CHECKOUT is that one unless another is named.
Both need a `.venv`, both may share one. BASE seeds a demo instance (or one that it has seeded comes
with `--instance`); each side then gets a copy of it, brings it to its newest migration and serves
it on the same port, one after the other. A stranger, a citizen signed in through the simulator and
each of the demo's staff read every page that links lead to and the addresses of the contract, in
other languages and modes and as JSON. Then they send what is refused, vote, nominate, propose, send
every form of the pages forged, blank and filled, and read the pages again. The clock stands still
and randomness repeats, the same for both.

Two answers are the same if status, headers and content are, but for the names and number of style
sheets, scripts and icons, the names of media files (whose content is compared), tokens and cookie
values; JSON is compared by its bytes; after the first successful post, hashes and keys are left out
of account. How the source of a page is wrapped does not matter; a blank that appears or goes
between two tags is listed but is no difference.

Each different difference is printed once, as a unified diff, with the addresses that have it.
Exit code: 0 no difference, 1 differences, 2 the comparison could not be made.
"""
