"""Use cases as plain, repeatable functions: the only place where connectors, roll-up and store meet.

The whole flow, in reading order: ``sync`` (tools → store) → ``scoring`` (store → scores) → ``push_back``
(scores → tools). ``deliveries`` starts the same flow from a webhook; ``run`` is all three, once.
"""
