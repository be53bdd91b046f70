"""The parts of push-back: what is to be said, what that takes, and doing it. The flow is in ``service.push_back``."""
