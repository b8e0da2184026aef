"""Pages: each reads a request, calls one rule, chooses a page. Areas never import each other."""
