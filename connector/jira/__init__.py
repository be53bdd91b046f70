"""Jira Cloud: reading, writing and hearing one site."""

from connector.jira.connector import JiraConnector
from connector.sdk.base import ConnectorFactory

CONNECTOR: ConnectorFactory = JiraConnector
