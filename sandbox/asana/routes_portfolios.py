"""Endpoints about portfolios. Listing shows only the caller's own; any portfolio can be read by its gid."""

from flask import Blueprint, Response, g, request

from sandbox.asana.entities import Portfolio, Project
from sandbox.asana.errors import RefusedError, bad
from sandbox.asana.routes_people import check_workspace
from sandbox.asana.routes_projects import update_container
from sandbox.asana.web import body, many, me, needed, nothing, one, require_paid, space, user_of

area = Blueprint("portfolios", __name__)
ITEM_LIMIT = 1500


def portfolio_of(gid: object) -> Portfolio:
    """The portfolio with this gid; 402 on the free plan, 404 when there is none."""
    require_paid("Portfolios")
    return space().get(space().portfolios, "portfolio", gid)


@area.get("/portfolios")
def portfolios() -> Response:
    require_paid("Portfolios")
    check_workspace(needed(request.args, "workspace"))
    owner, everything = request.args.get("owner"), g.asana_token in space().service_tokens
    if owner is None and everything:
        return many(list(space().portfolios.values()))
    who = user_of(owner or "me")
    if who is not me() and not everything:
        raise RefusedError(403, "owner: Only a service account can list the portfolios of another user")
    return many([each for each in space().portfolios.values() if each.owner is who])


@area.post("/portfolios")
def create_portfolio() -> Response:
    require_paid("Portfolios")
    data = body()
    check_workspace(needed(data, "workspace"))
    if "custom_fields" in data:
        raise bad("custom_fields: Cannot be written while creating a portfolio")
    return one(space().add_portfolio(str(needed(data, "name")), me()), 201)


@area.get("/portfolios/<gid>")
def portfolio(gid: str) -> Response:
    return one(portfolio_of(gid))


@area.put("/portfolios/<gid>")
def update_portfolio(gid: str) -> Response:
    found = portfolio_of(gid)
    update_container(found, body())
    return one(found)


@area.get("/portfolios/<gid>/items")
def items(gid: str) -> Response:
    return many([each for each in portfolio_of(gid).items if not space().hides(each)])


@area.post("/portfolios/<gid>/addItem")
def add_item(gid: str) -> Response:
    found = portfolio_of(gid)
    if len(found.items) >= ITEM_LIMIT:
        raise bad(f"item: A portfolio holds at most {ITEM_LIMIT} items")
    space().add_item(found, _item())
    return nothing()


@area.post("/portfolios/<gid>/removeItem")
def remove_item(gid: str) -> Response:
    space().remove_item(portfolio_of(gid), _item())
    return nothing()


def _item() -> Project | Portfolio:
    found = space().anything(needed(body(), "item"))
    if not isinstance(found, (Project, Portfolio)):
        raise bad("item: Not a project or portfolio")
    return found
