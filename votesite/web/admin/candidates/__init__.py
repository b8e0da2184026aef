"""Screens about candidates: dossiers, nominations, roster."""
