"""The configuration, read: as JSON, or as the YAML that could stand in a file, without what is a secret itself."""

from collections.abc import Sequence

from config.export import as_yaml, without_secrets
from config.web.api import shapes
from config.web.api.endpoint import JSON, Ask, Endpoint, Told, accepted
from config.web.api.problems import ProblemError
from config.web.rights import Role

YAML = "application/yaml"


def _configuration(ask: Ask) -> Told:
    path = ask.site.configuration().path
    if path is None:
        raise ProblemError(404, "This configuration stands in no file.", reason="no_file")
    document = without_secrets(path.read_text(encoding="utf-8-sig"), path.name)
    if accepted((JSON, YAML)) == YAML:
        return Told(content=as_yaml(document).encode(), kind=YAML)
    return Told({"configuration": document})


ENDPOINTS: Sequence[Endpoint] = (
    Endpoint("GET", "/configuration", "read_configuration", "The configuration, without secrets.", Role.ADMIN, _configuration,
             answer=shapes.ConfigurationShape, kinds=(JSON, YAML), problems=(404,)),
)  # fmt: skip
