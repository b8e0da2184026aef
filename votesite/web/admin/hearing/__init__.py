"""The desk's screens of objections, and of the private links of nominated bodies."""
