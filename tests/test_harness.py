"""The tests themselves: what they need, so that a newcomer can run the part they work on."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
WITHOUT_PLAYWRIGHT = """
import sys

class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("playwright", "axe_playwright_python"):
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Hidden())
import pytest
sys.exit(pytest.main(sys.argv[1:]))
"""


def run_without_playwright(*arguments):
    own = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    return subprocess.run(
        [sys.executable, "-c", WITHOUT_PLAYWRIGHT, "-q", "-p", "no:cacheprovider", *arguments],
        cwd=ROOT,
        env=own,
        capture_output=True,
        text=True,
    )


def test_tests_of_the_domain_run_without_playwright():
    done = run_without_playwright("tests/domain", "-k", "test_ordering or test_spreadsheets")

    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout


def test_a_browser_test_says_that_it_needs_playwright():
    done = run_without_playwright("tests/browser/test_look.py")

    assert done.returncode != 0
    assert "ModuleNotFoundError" in done.stdout
