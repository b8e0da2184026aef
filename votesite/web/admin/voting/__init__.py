"""Screens about answers: results and questionnaires."""
