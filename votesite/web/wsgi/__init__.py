"""What stands in front of Flask, from the outside in; README.md draws it."""
