"""Asana: tasks, subtasks, projects, portfolios; health written into fields, comments and status updates."""

from connector.asana.connector import AsanaConnector
from connector.sdk.base import ConnectorFactory

CONNECTOR: ConnectorFactory = AsanaConnector

__all__ = ["CONNECTOR"]
