"""Rules: verbs that change something, questions that return data. No HTTP here."""
