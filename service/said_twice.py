"""What is kept for ever and was sent twice: by a second click, or by a program that got no answer."""

from datetime import timedelta

SENT_TWICE = timedelta(minutes=1)
"""The same words of the same person within this time are one thing, not two."""
READ_AGAIN = "Read what there is now, and send it again if it is still meant."
