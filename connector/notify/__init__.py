"""Messages to people outside of the tools: Slack, Microsoft Teams, mail, a signed webhook. One file a channel."""
