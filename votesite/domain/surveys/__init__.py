"""Questionnaires: questions, answers, figures."""
