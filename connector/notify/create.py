"""From a subscription to the way to it."""

from connector.notify import slack, teams
from connector.notify.base import Notifier, Outlet
from connector.notify.chat import ChatNotifier
from connector.notify.http import Poster
from connector.notify.mail import MailNotifier
from connector.notify.webhook import WebhookNotifier
from connector.sdk.base import Surroundings
from model.notices import MailChannel, Subscription, WebhookChannel


def outlet(subscription: Subscription, surroundings: Surroundings) -> Outlet:
    """A subscription with its notifier. No secret is read before something is sent."""
    return Outlet(subscription, _notifier(subscription, surroundings))


def _notifier(subscription: Subscription, surroundings: Surroundings) -> Notifier:
    channel, where = subscription.channel, subscription.where
    if isinstance(channel, MailChannel):
        return MailNotifier(channel, surroundings, where)
    poster = Poster(surroundings, where)
    if isinstance(channel, WebhookChannel):
        return WebhookNotifier(channel, poster, surroundings)
    return ChatNotifier(channel, poster, slack.payload if channel.kind == "slack" else teams.payload)
