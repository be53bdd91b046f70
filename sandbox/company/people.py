"""The sixty people of Northlight, and who works on what."""

from random import Random

from sandbox.company.plan import ProjectPlan
from sandbox.world import Person, Tool

OVERBOOKED = "mara-lindqvist"  # works for a Jira and an Asana project, more than anybody notices in either tool

_GIVEN = (
    "Ada",
    "Mara",
    "Jonas",
    "Elif",
    "Tomasz",
    "Ines",
    "Oskar",
    "Priya",
    "Luca",
    "Hanna",
    "Samir",
    "Freya",
    "Diego",
    "Yuki",
    "Clara",
    "Milan",
    "Noor",
    "Viktor",
    "Amelie",
    "Kofi",
    "Rosa",
    "Emil",
    "Zoe",
    "Anton",
    "Leila",
    "Marco",
    "Signe",
    "Pavel",
    "Aisha",
    "Bruno",
)
_FAMILY = (
    "Berger",
    "Lindqvist",
    "Okafor",
    "Demir",
    "Nowak",
    "Carvalho",
    "Holm",
    "Raman",
    "Conti",
    "Weiss",
    "Haddad",
    "Solberg",
    "Navarro",
    "Tanaka",
    "Vogel",
    "Horvat",
    "Rahimi",
    "Petrov",
    "Laurent",
    "Mensah",
)
_SKILLS: dict[Tool, tuple[str, ...]] = {
    "jira": ("backend", "frontend", "data", "operations", "security", "testing"),
    "asana": ("marketing", "legal", "design", "finance", "procurement", "training"),
}
_BOTH = 16  # so many people have an account in both tools


def make_people(rng: Random) -> dict[str, Person]:
    """Sixty people: 28 in Jira, 16 in Asana alone, 16 in both; a few work part time."""
    pairs = [(given, family) for given in _GIVEN for family in _FAMILY]
    names = [("Mara", "Lindqvist"), *rng.sample([pair for pair in pairs if pair != ("Mara", "Lindqvist")], 59)]
    people: dict[str, Person] = {}
    for position, (given, family) in enumerate(names):
        tools: tuple[Tool, ...] = (
            ("jira", "asana") if position < _BOTH else (("jira",) if position < 44 else ("asana",))
        )
        key = f"{given}-{family}".lower()
        hours = 40.0 if key == OVERBOOKED else rng.choice((40.0, 40.0, 40.0, 40.0, 32.0))
        skills = tuple(sorted(rng.sample(_SKILLS[tools[-1]], 2)))
        people[key] = Person(
            key=key,
            name=f"{given} {family}",
            email=f"{given}.{family}@northlight.example".lower(),
            tools=tools,
            hours_per_week=hours,
            skills=skills,
        )
    return people


def make_teams(rng: Random, people: dict[str, Person], plans: tuple[ProjectPlan, ...]) -> dict[str, list[str]]:
    """Project key → person keys; the first one leads. Seats go to whoever has the fewest, so load is spread.

    The over-booked person sits in exactly two teams, one in each tool.
    """
    seats = dict.fromkeys(people, 0)
    teams: dict[str, list[str]] = {}
    for plan in plans:
        able = [key for key, person in people.items() if plan.tool in person.tools and key != OVERBOOKED]
        rng.shuffle(able)
        team = sorted(able, key=lambda key: seats[key])[: plan.team]
        if plan.key in {"IAM", "OFF"}:
            team[-1] = OVERBOOKED
        for key in team:
            seats[key] += 1
        teams[plan.key] = team
    return teams
