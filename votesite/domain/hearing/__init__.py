"""From the ranking to the final list: the public notice, its calendar and papers, objections."""
