"""``python -m app`` is the command ``bellwether``."""

from app.cli import main

main()
