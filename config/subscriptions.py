"""From the document's ``notify`` to subscriptions of nodes that are in the tree."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from config.courtesy import quiet_of
from config.document import Document
from config.faults import Fault, Path, did_you_mean, dotted
from config.notify import PORTS, MailEntry, NotifyEntry
from config.secrets import is_reference
from config.tree import slug
from model.landscape import Teammate
from model.notices import SPONSOR, ChatChannel, MailChannel, NotifyChannel, Subscription, WebhookChannel
from model.tree import Node, NodeKind, Tree

_PLAIN = "The secret itself stands in this file."
_PLAIN_FIX = "Write env:NAME or file:PATH instead, or set allow_plain_secrets: true."


@dataclass(frozen=True)
class _Organisation:
    """The nodes, and the mail address of everybody under ``people`` by key (None: has none)."""

    tree: Tree
    mail: Mapping[str, str | None]
    places: Mapping[str, Path]


def build_subscriptions(
    document: Document, tree: Tree, teammates: Sequence[Teammate]
) -> tuple[tuple[Subscription, ...], list[Fault]]:
    """Every entry of ``notify``, and what is wrong there. ``where`` of each is its path.

    ``teammates`` are the document's people, in its order.
    """
    people = list(zip(teammates, document.people, strict=False))
    around = _Organisation(
        tree,
        {mate.key: person.email for mate, person in people},
        {mate.key: ("people", number) for number, (mate, _) in enumerate(people)},
    )
    found: list[Subscription] = []
    faults: list[Fault] = []
    for number, entry in enumerate(document.notify):
        path: Path = ("notify", number)
        wrong = [] if document.allow_plain_secrets else _plain(entry, path)
        nodes, wrong_nodes = _nodes(entry, path, tree)
        channel, wrong_sponsors = _channel(entry, path, nodes, around)
        faults += wrong + wrong_nodes + wrong_sponsors
        if isinstance(channel, MailChannel) and channel.to_by_node and not entry.nodes:
            nodes = [node for node in nodes if node.id in channel.to_by_node]
        found.append(_subscription(entry, path, channel, nodes))
    return tuple(found), faults + _twice(found)


def _plain(entry: NotifyEntry, path: Path) -> list[Fault]:
    """The address of a chat tool's channel is a secret: whoever has it can write there."""
    texts = entry.secrets().items()
    return [Fault((*path, *place), _PLAIN, _PLAIN_FIX) for place, text in texts if not is_reference(text)]


def _nodes(entry: NotifyEntry, path: Path, tree: Tree) -> tuple[list[Node], list[Fault]]:
    if not entry.nodes:
        wanted_projects = entry.on == "reported_otherwise"
        return [node for node in tree.nodes if (node.kind is NodeKind.PROJECT) is wanted_projects], []
    found: dict[str, Node] = {}
    faults: list[Fault] = []
    by_id = tree.by_id()
    for index, wanted in enumerate(entry.nodes):
        named = [by_id[wanted]] if wanted in by_id else [n for n in tree.nodes if n.name.casefold() == wanted.casefold()]
        if len(named) == 1:
            found[named[0].id] = named[0]
        elif tree.nodes:
            faults.append(_unknown(wanted, (*path, "nodes", index), named, tree))
    return list(found.values()), faults


def _unknown(wanted: str, path: Path, named: list[Node], tree: Tree) -> Fault:
    if named:
        ids = ", ".join(node.id for node in named)
        return Fault(path, f"{wanted!r} names {len(named)} nodes.", f"Use one of the ids: {ids}.")
    guess = did_you_mean(wanted, [name for node in tree.nodes for name in (node.id, node.name)])
    return Fault(path, f"There is no node {wanted!r}{guess}", "Name the id or the name of a node of this tree.")


def _channel(
    entry: NotifyEntry, path: Path, nodes: list[Node], around: _Organisation
) -> tuple[NotifyChannel, list[Fault]]:
    if entry.mail is not None:
        return _mail(entry.mail, (*path, "mail", "to"), nodes, (around, bool(entry.nodes)))
    if entry.webhook is not None:
        return WebhookChannel(url=entry.webhook.url, secret=entry.webhook.secret), []
    if entry.slack is not None:
        return ChatChannel(kind="slack", url=entry.slack), []
    return ChatChannel(kind="teams", url=entry.teams or ""), []


def _mail(
    mail: MailEntry, path: Path, nodes: list[Node], context: tuple[_Organisation, bool]
) -> tuple[MailChannel, list[Fault]]:
    around, chosen = context
    sponsors: dict[str, str] = {}
    faults: list[Fault] = []
    if SPONSOR in mail.to:
        sponsors, faults = _sponsors(path, nodes, around, chosen=chosen)
    channel = MailChannel(
        host=mail.host,
        port=mail.port or PORTS[mail.security],
        security=mail.security,
        user=mail.user,
        password=mail.password,
        sender=mail.sender,
        to=() if SPONSOR in mail.to else tuple(dict.fromkeys(mail.to)),
        to_by_node=sponsors,
    )
    return channel, faults


def _sponsors(
    path: Path, nodes: list[Node], around: _Organisation, *, chosen: bool
) -> tuple[dict[str, str], list[Fault]]:
    """Each node's sponsor's address. Nodes without a sponsor are left out, unless they were ``chosen`` by name."""
    found: dict[str, str] = {}
    faults: dict[str, Fault] = {}
    for node in nodes:
        person = slug(node.sponsor, otherwise="") if node.sponsor else ""
        address = around.mail.get(person)
        if address is not None:
            found[node.id] = address
        elif person in around.mail:
            what = f"{node.sponsor} is the sponsor of {node.name!r}, whom {dotted(path[:2])} writes to, without a mail address."
            faults[person] = Fault(around.places[person], what, "Add email: to this person.")
        elif node.sponsor:
            guess = did_you_mean(person, list(around.mail))
            what = f"{node.sponsor!r}, the sponsor of {node.name!r}, is nobody under people{guess}"
            faults[person] = Fault(path, what, "Add them under people:, with email:.")
        elif chosen:
            faults[node.id] = Fault(path, f"{node.name!r} has no sponsor.", "Give the node a sponsor:, or name addresses.")
    if not found and not faults and around.tree.nodes:
        return {}, [Fault(path, "No node has a sponsor.", "Give a program a sponsor:, or name addresses.")]
    return found, list(faults.values())


def _subscription(entry: NotifyEntry, path: Path, channel: NotifyChannel, nodes: list[Node]) -> Subscription:
    rhythm = entry.rhythm
    # What a subscription was told last is kept under its name: a changed list of nodes must not begin a new story.
    reported = entry.on == "reported_otherwise"
    when = rhythm.model_dump_json() if rhythm else "reported" if reported else ""
    told = (_identity(channel), when, entry.language)
    return Subscription(
        name=f"{entry.channel}-{hashlib.sha256(repr(told).encode()).hexdigest()[:10]}",
        where=dotted(path),
        channel=channel,
        nodes=tuple(node.id for node in nodes),
        rhythm=rhythm,
        about="reported" if reported else "band",
        language=entry.language,
        quiet=quiet_of(entry.quiet_hours, entry.quiet_days),
    )


def _identity(channel: NotifyChannel) -> tuple[str, ...]:
    """Who is reached: a new password or port reaches the same people."""
    if isinstance(channel, MailChannel):
        return (channel.host, channel.sender, *(channel.to or (SPONSOR,)))
    return (channel.url,)


def _twice(found: list[Subscription]) -> list[Fault]:
    """The same channel with the same rhythm in two entries: people would be told twice, or neither would be told."""
    first: dict[str, int] = {}
    faults: list[Fault] = []
    for number, one in enumerate(found):
        other = first.setdefault(one.name, number)
        if other != number:
            what = f"This is the channel and the rhythm of notify[{other}] once more."
            faults.append(Fault(("notify", number), what, "Put the nodes of both into one entry."))
    return faults
