"""What every tool shares: the protocol, politeness, transport, redaction, pagination, the registry."""
