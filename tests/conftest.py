"""What every test may use."""

pytest_plugins = [
    "tests.support.databases",
    "tests.support.scene",
    "tests.support.library",
    "tests.support.openapi",
    "tests.support.office",
    "tests.support.whole_run",
    "tests.support.workers",
]
