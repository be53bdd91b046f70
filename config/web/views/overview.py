"""The organisation as a PMO sees it: bands over time, standards kept, data quality, and where people report otherwise."""

from flask import Blueprint, render_template

from config.web import loadbars
from config.web.places import Place
from config.web.rights import Role, needs
from config.web.site import Site
from config.web.visitor import reader
from model.health import Band
from model.language.pages import page_words
from service import overview

PLACES = (
    Place("Organisation", "/organisation", "health", 20),
    Place("Declared otherwise", "/watermelons", "health", 30),
)


def add(pages: Blueprint, site: Site) -> None:
    """The addresses of the whole organisation."""

    @pages.get("/organisation")
    @needs(Role.VIEWER)
    def organisation() -> str:
        space = site.workspace()
        found = overview.overview(space, reader(space))
        chart = loadbars.bands(found.bands)
        return render_template("organisation.html", found=found, chart=chart, bands=list(Band), words=page_words("en"))

    @pages.get("/watermelons")
    @needs(Role.VIEWER)
    def watermelons() -> str:
        space = site.workspace()
        return render_template("watermelons.html", found=overview.gaps(space, reader(space)))
