"""Our three fields on a shelf: nothing is to be made, each board takes any."""

from model.push import HealthFields, HealthRole, SetupResult


def fields_of(name: str) -> SetupResult:
    return SetupResult(connection=name, fields=HealthFields(connection=name, ids={role: role.value for role in HealthRole}))
