"""Asana: tasks, subtasks, projects, portfolios; health written into fields, comments and status updates."""

from connector.asana.connector import AsanaConnector, workspaces
from connector.sdk.base import ConnectorFactory

CONNECTOR: ConnectorFactory = AsanaConnector
WORKSPACES = workspaces

__all__ = ["CONNECTOR", "WORKSPACES"]
