"""Pages that only the demo has."""

from votesite.web.demo import time
from votesite.web.demo.blueprint import bp

__all__ = ["bp", "time"]
