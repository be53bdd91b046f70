"""Versions of the configuration: who, when, why and what; put one back; take the file out and bring one in."""

from dataclasses import replace

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from config.differences import Difference, by_path, place, unified
from config.editing import ConfigVersion, Held
from config.export import as_yaml, without_secrets
from config.faults import Fault
from config.web import keeping
from config.web.attachments import attachment
from config.web.numbers import whole_number
from config.web.places import Place
from config.web.rights import Role, needs
from config.web.site import Site
from config.web.visitor import visitor
from model.errors import AppError

PLACES = (
    Place("Versions", "/settings/versions", "settings", 80, Role.ADMIN),
    Place("Import and export", "/settings/file", "settings", 81, Role.ADMIN),
)
ON_A_PAGE = 50
MOST_BYTES = 5_000_000


def add(pages: Blueprint, site: Site) -> None:
    """The addresses of versions."""

    @pages.app_context_processor
    def always() -> dict[str, object]:
        return {"where": place}

    @pages.get("/settings/versions")
    @needs(Role.ADMIN)
    def versions() -> str:
        began = keeping.begun(site)
        found = _listed(site, before=whole_number(request.args, "before") or None, limit=ON_A_PAGE + 1)
        more = found[ON_A_PAGE - 1].number if len(found) > ON_A_PAGE else None
        kept = request.args.get("kept")
        return render_template("versions.html", began=began, found=found[:ON_A_PAGE], more=more, kept=kept)

    @pages.get("/settings/versions/<int:number>")
    @needs(Role.ADMIN)
    def version(number: int) -> str:
        return _version_page(site, number, ())

    @pages.post("/settings/versions/<int:number>")
    @needs(Role.ADMIN)
    def restore(number: int) -> str | Answer | tuple[str, int]:
        one, _ = _pair(site, number)
        if request.form.get(keeping.BASE) != keeping.editor(site).held().digest:
            what, fix = "The configuration was changed meanwhile.", "Look again at what would be undone."
            return _version_page(site, number, (Fault((), what, fix),)), 409
        try:
            made = keeping.editor(site).restore(one.digest, by=visitor().name, at=site.workspace().clock())
        except AppError as error:
            return _version_page(site, number, keeping.faults_of(error)), 422
        return redirect(url_for("pages.versions", kept=made.held.digest[:8]), 303)

    @pages.get("/settings/bellwether.yaml")
    @needs(Role.ADMIN)
    def export() -> Response:
        held = keeping.editor(site).held()
        if held.secret:
            abort(409, f"{held.closed} It is not handed out.")
        answer = Response(held.text, content_type="application/yaml; charset=utf-8")
        answer.headers["Content-Disposition"] = attachment("bellwether.yaml")
        return answer

    @pages.route("/settings/file", methods=["GET", "POST"])
    @needs(Role.ADMIN)
    def file() -> str | Answer | tuple[str, int]:
        return _file(site)


def _file(site: Site) -> str | Answer | tuple[str, int]:
    """Check what was pasted or uploaded, show what it would change, and keep it when asked to."""
    began = keeping.begun(site)
    text, faults = _given() if request.method == "POST" else ("", ())
    attempt = keeping.Attempt(faults=faults)
    found: tuple[Difference, ...] = ()
    lines: tuple[str, ...] = ()
    if request.method == "POST" and not faults:
        try:
            document = keeping.editor(site).read(text)
        except AppError as error:
            attempt = keeping.Attempt(faults=keeping.faults_of(error))
        else:
            found, lines = _differences(began.held, document, text)
            if request.form.get("do") == "save" and not began.lost:
                attempt = keeping.keep(site, began, document, what="a file brought in", text=text)
                if attempt.kept is not None:
                    return redirect(url_for("pages.versions", kept=attempt.kept.digest[:8]), 303)
    checked = request.method == "POST" and not attempt.faults
    why = request.form.get(keeping.WHY, "")
    shown = {"checked": checked, "found": found, "lines": lines, "text": text, "why": why}
    page = render_template("file.html", began=began, attempt=attempt, **shown)
    return (page, 409 if attempt.choices else 422) if attempt.faults or attempt.choices else page


def _given() -> tuple[str, tuple[Fault, ...]]:
    """The text of the form: a file that was chosen, else what was pasted."""
    chosen = request.files.get("file")
    body = chosen.stream.read(MOST_BYTES + 1) if chosen is not None and chosen.filename else None
    if body is None:
        # A browser sends the lines of a form with \r\n, whatever they were.
        # The text of a file that was sent after a login had run out comes back in a field of its own.
        text = (request.form.get("text") or request.form.get("file") or "").replace("\r\n", "\n")
        return text, () if text.strip() else (Fault((), "Nothing was given.", "Choose a file, or paste its text."),)
    if len(body) > MOST_BYTES:
        return "", (Fault((), "The file is too large to be a configuration.", "Choose another."),)
    try:
        return body.decode("utf-8-sig"), ()
    except UnicodeDecodeError:
        return "", (Fault((), "The file is not UTF-8 text.", "Save it as UTF-8, and choose it again."),)


def _differences(held: Held, document: object, text: str) -> tuple[tuple[Difference, ...], tuple[str, ...]]:
    """What another text would change; nothing line by line where a secret itself stands in the present one."""
    if held.secret:
        return (), ()
    return by_path(held.document, document), unified(held.text, text)


def _listed(site: Site, *, before: int | None, limit: int) -> tuple[ConfigVersion, ...]:
    return keeping.editor(site).versions(limit=limit, before=before)


def _pair(site: Site, number: int) -> tuple[ConfigVersion, ConfigVersion | None]:
    """A version and the one before it."""
    found = _listed(site, before=number + 1, limit=2)
    if not found or found[0].number != number:
        abort(404, f"There is no version {number}.")
    return found[0], found[1] if len(found) > 1 else None


def _without_secrets(held: Held) -> Held:
    """A version as it may be shown where a secret itself stands in it or in the one beside it."""
    document = without_secrets(held.text, "bellwether.yaml")
    return replace(held, text=as_yaml(document), document=document)


def _version_page(site: Site, number: int, faults: tuple[Fault, ...]) -> str:
    one, before = _pair(site, number)
    began, editor = keeping.begun(site), keeping.editor(site)
    new, old = editor.version(one.digest), editor.version(before.digest) if before else None
    found: tuple[Difference, ...] = ()
    lines: tuple[str, ...] = ()
    if new is not None and old is not None:
        if new.secret or old.secret:
            new, old = _without_secrets(new), _without_secrets(old)
        found, lines = by_path(old.document, new.document), unified(old.text, new.text)
    back = by_path(began.held.document, new.document) if new is not None and not (began.held.secret or new.secret) else ()
    return render_template(
        "version.html", one=one, before=before, found=found, lines=lines, back=back, began=began,
        attempt=keeping.Attempt(faults=faults), present=one.digest == began.held.digest,
    )  # fmt: skip
