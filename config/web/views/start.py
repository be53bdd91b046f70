"""The first steps: from nothing at all to the first health written, each step kept so that somebody else can go on."""

from dataclasses import replace
from functools import partial

from flask import Blueprint, redirect, render_template, request
from pydantic import ValidationError
from werkzeug.wrappers import Response

from config.growing import Plain, portfolios_of, with_portfolios, with_writing
from config.web import first_mapping, first_publish, first_tree, forms, keeping
from config.web.first_mapping import Asked
from config.web.places import Place
from config.web.rights import Role, needs
from config.web.site import Site
from config.web.steps import following, next_path, steps, unfinished, unfinished_step
from config.web.views.connections import adding, key_file
from model import jobs
from model.errors import AppError
from model.health import Band
from model.mapping import Mapping
from service import browse, connecting, first_run, publishing_places, write_words

PLACES = (Place("First steps", "/start", "settings", 5, Role.ADMIN, when=unfinished),)
Page = str | tuple[str, int] | Response


def add(pages: Blueprint, site: Site) -> None:
    """The addresses of the first steps."""

    @pages.app_context_processor
    def always() -> dict[str, object]:
        return {"steps": steps}

    @pages.before_request
    def nothing_yet() -> Response | None:
        if request.path == "/" and request.method == "GET" and not site.workspace().connections:
            return redirect("/start")
        return None

    _what(pages, site)
    _where(pages, site)


def _what(pages: Blueprint, site: Site) -> None:
    """What is read, and how."""

    @pages.get("/start")
    @needs(Role.ADMIN)
    def start() -> Page:
        return redirect(next_path(site))

    @pages.route("/start/connect", methods=["GET", "POST"])
    @needs(Role.ADMIN)
    def start_connect() -> Page:
        return adding(site, "start_connect.html", done="/start/pick")

    @pages.route("/start/pick", methods=["GET", "POST"])
    @needs(Role.ADMIN)
    def start_pick() -> Page:
        return _pick(site) if site.workspace().connections else redirect("/start/connect")

    @pages.route("/start/mapping", methods=["GET", "POST"])
    @needs(Role.ADMIN)
    def start_mapping() -> Page:
        return _mapping(site) if site.workspace().connections else redirect("/start/connect")

    @pages.route("/start/tree", methods=["GET", "POST"])
    @needs(Role.ADMIN)
    def start_tree() -> Page:
        return _tree(site) if site.workspace().connections else redirect("/start/connect")


def _where(pages: Blueprint, site: Site) -> None:
    """What comes of it, and where it is shown."""

    @pages.route("/start/sync", methods=["GET", "POST"])
    @needs(Role.ADMIN)
    def start_sync() -> Page:
        return _sync(site)

    @pages.route("/start/publish", methods=["GET", "POST"])
    @needs(Role.ADMIN)
    def start_publish() -> Page:
        return _publish(site)

    @pages.route("/start/review", methods=["GET", "POST"])
    @needs(Role.ADMIN)
    def start_review() -> Page:
        return _review(site)

    @pages.get("/start/done")
    @needs(Role.ADMIN)
    def start_done() -> Page:
        return _done(site)


def _saved(site: Site, seen: str, change: keeping.Make, *, what: str) -> AppError | None:
    """Keep what a step changes of the version that it showed; what is in the way otherwise."""
    try:
        keeping.change(site, keeping.seen(site, seen), change, what=what)
    except AppError as error:
        return error
    return None


# -- picking --------------------------------------------------------------------------------------------------------------


def _pick(site: Site) -> Page:
    space, held = site.workspace(), keeping.begun(site).held
    offered = {name: first_run.found(space, name) for name in space.connections}
    every = ((name, one) for name, found in offered.items() if found for one in found.sources)
    shown = {(name, one.label): one for name, one in every if one.kind == "project"}
    there = first_tree.picked(portfolios_of(held.document))
    wanted = {key for key, one in shown.items() if (key[0], one.kind, one.selector.get(one.kind, one.label)) in there}
    error, elsewhere = None, _elsewhere(request.form.get("do", ""))
    if request.method == "POST" and request.form.get("do") == "again":
        first_run.ask(space, *(jobs.name_of(jobs.DISCOVER, name) for name, found in offered.items() if found is None))
        return redirect("/start/pick")
    if request.method == "POST":
        typed = {(name, label) for name, _, label in (one.partition(" ") for one in request.form.getlist("pick"))}
        wanted = typed & set(shown)
        if not wanted and elsewhere is None:
            error = AppError("Pick at least one project.", fix="Or connect another tool, if what you look for is elsewhere.")
        else:
            error = _saved(site, request.form.get("seen", ""), lambda now: with_portfolios(
                now, first_tree.pick(portfolios_of(now), shown, wanted)), what="first steps: projects")  # fmt: skip
        if error is None:
            first_run.go_on_at(space, "/start/pick" if elsewhere else following("/start/pick"))
            return redirect(elsewhere or following("/start/pick"))
    standings = {name: first_run.standing(space, jobs.name_of(jobs.DISCOVER, name)) for name in offered}
    for name, found in offered.items():
        if found is None and standings[name] is None:
            first_run.ask(space, jobs.name_of(jobs.DISCOVER, name))
    waiting = not shown and any(found is None and not _failed(standings[name]) for name, found in offered.items())
    page = render_template(
        "start_pick.html", offered=offered, wanted=wanted, standings=standings, waiting=waiting, error=error, seen=held.digest,
        reports=first_run.reports(space), key_file=key_file(site) if request.args.get("key") == "made" else None,
        unconnected=_unconnected(site),
    )  # fmt: skip
    return (page, 422) if error else page


def _elsewhere(do: str) -> str | None:
    """Where whoever wants to connect one more tool goes on: to the form of the one that was named, else to all of them."""
    what, _, tool = do.partition(":")
    if what != "more":
        return None
    return f"/start/connect?tool={tool}" if tool in connecting.tools() else "/start/connect"


def _unconnected(site: Site) -> dict[str, str]:
    """The tools that nothing is connected of yet, with their titles."""
    used = {one.tool for one in site.configuration().connections.values()}
    return {name: asked.title or name for name, asked in connecting.tools().items() if name not in used}


def _failed(standing: first_run.Standing | None) -> bool:
    return standing is not None and standing.state == "failing"


# -- the mapping ----------------------------------------------------------------------------------------------------------


def _mapping(site: Site) -> Page:
    """What each tool's own words are read as: suggested, and taken over when somebody says so."""
    held, typed = keeping.begun(site).held, request.form
    seen = keeping.editor(site).version(typed.get("seen", "")) or held
    parts, faults = _asked(site, seen.document)
    refused = None
    if request.method == "POST" and not faults:
        refused = _saved(site, typed.get("seen", ""), lambda now: _with_mappings(now, parts), what="first steps: mapping")
        if refused is None:
            first_run.go_on_at(site.workspace(), following("/start/mapping"))
            return redirect(following("/start/mapping"))
        parts = [replace(one, chosen=first_mapping.onto(one, forms.mapping_of(held.document, one.name))) for one in parts]
        seen = held
    rows = [(one.name, one.found, first_mapping.rows(one, forms.mapping_of(held.document, one.name))) for one in parts]
    page = render_template("start_mapping.html", parts=rows, faults=faults, error=refused, seen=seen.digest)
    return (page, 422) if faults or refused else page


def _asked(site: Site, document: Plain) -> tuple[list[Asked], list[str]]:
    """The questions about each connection that was looked into, on top of a document; and what can't be chosen."""
    parts: list[Asked] = []
    faults: list[str] = []
    for name in site.configuration().connections:
        found = first_run.found(site.workspace(), name)
        if found is None:
            continue
        before = forms.mapping_of(document, name)
        suggested = Mapping.model_validate(found.suggested_mapping) if before == Mapping() else before
        chosen = suggested
        if request.method == "POST":
            try:
                chosen = first_mapping.read(request.form, name, suggested)
            except ValidationError as error:
                faults += [f"{name}, {'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
        parts.append(Asked(name, found, before, suggested, chosen))
    return parts, faults


def _with_mappings(document: Plain, parts: list[Asked]) -> Plain:
    """The document with every mapping that was chosen otherwise than it stood."""
    for one in parts:
        document = forms.with_mapping(document, one.name, one.before, one.chosen)
    return document


# -- the tree -------------------------------------------------------------------------------------------------------------


def _tree(site: Site) -> Page:
    space, held = site.workspace(), keeping.begun(site).held
    portfolios, typed = portfolios_of(held.document), request.form.to_dict()
    error, faults = None, _query_faults(site, typed)
    if request.method == "POST" and not faults:
        error = _saved(site, typed.get("seen", ""), lambda now: with_portfolios(
            now, first_tree.shape(portfolios_of(now), typed)), what="first steps: tree")  # fmt: skip
        if error is None:
            first_run.begin(site.workspace())
            return redirect(following("/start/tree"))
    asked = connecting.tools()
    queries = {name: asked[one.tool].query for name, one in site.configuration().connections.items() if asked[one.tool].query}
    offered = {name: first_run.found(space, name) for name in space.connections}
    containers = {name: [one for one in found.sources if one.kind == "portfolio"] for name, found in offered.items() if found}
    page = render_template(
        "start_tree.html", rows=first_tree.rows(portfolios), typed=typed, error=error, seen=held.digest, queries=queries,
        portfolio=portfolios[0]["name"] if portfolios else first_tree.PORTFOLIO,
        containers={name: some for name, some in containers.items() if some}, faults=faults,
    )  # fmt: skip
    return (page, 422) if error or faults else page


def _query_faults(site: Site, typed: dict[str, str]) -> dict[str, str]:
    """What the tools say of the queries that were typed, by connection."""
    found: dict[str, str] = {}
    for name in site.workspace().connections:
        query = typed.get(f"query.{name}", "").strip()
        fault = connecting.query_fault(site.workspace(), name, query) if query else None
        if fault is not None:
            found[name] = fault
    return found


# -- reading and scoring --------------------------------------------------------------------------------------------------


def _sync(site: Site) -> Page:
    space = site.workspace()
    if request.method == "POST":
        first_run.begin(space)
        return redirect("/start/sync")
    readings = first_run.readings(space)
    rows = browse.home(space, browse.view(space), [node.id for node in space.tree.nodes]).rows
    states = {one.standing.state for one in readings}
    busy = bool(states & {"waiting", "running"}) or first_run.scoring_goes_on(space)
    scores = [row.score for row in rows if row.score is not None]
    known = any(score.band is not Band.NO_DATA for score in scores)
    # Before the first items are there, every node is scored from nothing: that tells nobody anything.
    scored = bool(rows) and len(scores) == len(rows) and (known or not (busy or "unasked" in states))
    idle = not scored and "unasked" in states and states <= {"unasked", "done"}
    busy = busy or (bool(readings) and not scored and not idle)
    place: dict[str, object] = {"read_only": space.read_only, "lens": None, "lenses": [], "query": ""}
    return render_template(
        "start_sync.html", readings=readings, rows=rows, scored=scored, busy=busy, idle=idle, left=unfinished_step(site),
        now=space.clock(), **place,
    )  # fmt: skip


# -- where ----------------------------------------------------------------------------------------------------------------


def _publish(site: Site) -> Page:
    space, held = site.workspace(), keeping.begun(site).held
    portfolios = portfolios_of(held.document)
    possible = publishing_places.possible(space)
    shown = first_publish.lines(possible, portfolios, first=not space.published_nodes())
    error = None
    if request.method == "POST":
        first_publish.read(shown, request.form, partial(publishing_places.item_of, space))
        targets = {line.possible.node.id: target for line in shown if not line.fault and (target := line.bare()) is not None}
        wrong = publishing_places.missing(space, tuple(targets.values()))
        for line in shown:
            target = targets.get(line.possible.node.id)
            line.fault = wrong.get(target.label) if target is not None else line.fault
        faulty = any(line.fault for line in shown)
        if not targets and not faulty and not any(line.many for line in shown):
            error = AppError("Choose at least one place.", fix="Nothing is written yet: the next page shows what would be.")
        elif not faulty:
            error = _saved(site, request.form.get("seen", ""), lambda now: with_portfolios(
                now, first_publish.put(shown, portfolios_of(now))), what="first steps: publishing")  # fmt: skip
            if error is None:
                first_run.ask(site.workspace(), jobs.REVIEW, anew=True)
                return redirect(following("/start/publish"))
    page = render_template("start_publish.html", lines=shown, error=error, seen=held.digest)
    return (page, 422) if error or any(line.fault for line in shown) else page


# -- reviewing and going --------------------------------------------------------------------------------------------------


def _review(site: Site) -> Page:
    space = site.workspace()
    if not space.published_nodes():  # nothing to look through, nothing to go for
        return redirect("/start/publish")
    if request.method == "POST" and request.form.get("do") == "again":
        first_run.ask(space, jobs.REVIEW, anew=True)
        return redirect("/start/review")
    if request.method == "POST":
        seen = keeping.begun(site).held.digest
        error = _saved(site, seen, with_writing, what="first steps: go") if space.read_only else None
        if error is not None:
            raise error
        first_run.ask(site.workspace(), jobs.LAUNCH, anew=True)
        return redirect("/start/done")
    if first_run.standing(space, jobs.REVIEW) is None:
        first_run.ask(space, jobs.REVIEW)
    plan = first_run.prepared(space, jobs.REVIEW)
    places = write_words.told(space, plan.writes) if plan else ()
    standing = first_run.standing(space, jobs.REVIEW)
    told = {"plan": plan, "places": places, "standing": standing, "read_only": space.read_only}
    return render_template("start_review.html", now=space.clock(), **told)


def _done(site: Site) -> Page:
    space = site.workspace()
    standing = first_run.standing(space, jobs.LAUNCH)
    if standing is None:
        return redirect(next_path(site)) if space.read_only else redirect("/")
    result = first_run.prepared(space, jobs.LAUNCH)
    places = write_words.told(space, result.writes) if result else ()
    return render_template("start_done.html", result=result, places=places, standing=standing, now=space.clock())
