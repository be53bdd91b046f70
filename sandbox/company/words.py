"""The vocabulary of Northlight: what its people call their work."""

from random import Random

# fmt: off
# Per area: epics (in the order in which they are tackled), verbs, things, and qualifiers ("" is left out).
AREAS: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "software": (
        ("Foundations", "Core records", "Search and lists", "Permissions", "Imports", "Notifications", "Reporting",
         "Hardening"),
        ("Add", "Build", "Extend", "Simplify", "Migrate", "Document", "Validate", "Expose", "Cache", "Redesign"),
        ("account page", "price rules", "contact import", "audit trail", "search index", "retry handling",
         "address form", "export job", "role editor", "webhook receiver", "mail templates", "rate table",
         "session handling", "attachment store", "activity feed", "settings page", "tax lookup", "feature switch"),
        ("", "", "for business customers", "for mobile", "behind a switch", "in the back office", "for the beta group",
         "with paging", "for new accounts", "in German and French", "for the public API"),
    ),
    "data": (
        ("Landing zone", "Sales marts", "Finance marts", "Lineage", "Access", "Quality checks", "Decommissioning"),
        ("Model", "Move", "Backfill", "Test", "Document", "Partition", "Reconcile", "Schedule", "Publish", "Retire"),
        ("orders table", "customer dimension", "invoice feed", "clickstream topic", "refund report", "stock snapshot",
         "schema registry", "currency lookup", "churn dashboard", "consumer group", "ledger extract",
         "access policy", "freshness check", "campaign table", "sessions view", "supplier feed"),
        ("", "", "for EMEA", "for the finance close", "with late arrivals", "from the old warehouse", "per tenant",
         "for the weekly report", "with column tests", "for the last three years"),
    ),
    "security": (
        ("Inventory", "Staff applications", "Privileged access", "Service accounts", "Monitoring", "Clean-up"),
        ("Patch", "Enrol", "Rotate", "Review", "Remove", "Connect", "Harden", "Test", "Replace", "Restrict"),
        ("build agents", "payroll login", "admin accounts", "VPN gateway", "TLS certificates", "container images",
         "HR portal login", "backup keys", "wiki login", "deployment tokens", "database roles", "mail relay",
         "expense tool login", "firewall rules", "password store", "guest network"),
        ("", "", "in production", "in staging", "for contractors", "for finance", "in the Lisbon office",
         "with hardware keys", "after the audit", "for the on-call team"),
    ),
    "support": (
        ("Requests",),
        ("Cannot open", "Question about", "Wrong amount on", "Missing", "Please change", "Slow", "Error on",
         "Duplicate"),
        ("invoice", "order confirmation", "user account", "delivery address", "password reset", "discount code",
         "refund", "data export", "contract renewal", "dashboard", "API key", "bank details"),
        ("", "", "for account 4711", "since Monday", "after the update", "for a new colleague", "on mobile",
         "for the Lyon branch", "before month end", "for a reseller"),
    ),
    "product": (
        ("Research", "First visit", "Sign-up", "First value", "Help content", "Measurement", "Roll-out"),
        ("Write", "Design", "Test", "Review", "Record", "Translate", "Measure", "Rework", "Approve", "Prototype"),
        ("welcome mail", "sign-up form", "product tour", "pricing page", "help article", "checklist",
         "interview guide", "empty states", "consent banner", "profile page", "invoice overview", "contact form",
         "reminder mails", "survey", "landing page", "video walkthrough"),
        ("", "", "for small businesses", "for administrators", "for the pilot group", "in plain language",
         "for returning visitors", "with the support team", "after user tests", "for phones"),
    ),
    "migration": (
        ("Discovery", "Contract", "Data", "Interfaces", "Trial run", "Cut-over", "After-care"),
        ("Map", "Agree", "Export", "Check", "Configure", "Train", "Rehearse", "Archive", "Clean up", "Sign off"),
        ("master data", "settlement files", "user roles", "payment methods", "leave balances", "chargeback process",
         "test merchants", "approval chains", "payslip layout", "reconciliation report", "sandbox credentials",
         "document templates", "absence calendar", "reporting lines", "payout schedule", "old interfaces"),
        ("", "", "with the provider", "for Germany", "for Spain", "with finance", "for the trial run",
         "with the works council", "for all branches", "for the first wave"),
    ),
    "launch": (
        ("Market study", "Legal set-up", "Partners", "Product", "Marketing", "Hiring", "Go-live"),
        ("Select", "Draft", "Negotiate", "Translate", "Book", "Brief", "Launch", "Review", "Prepare", "Localise"),
        ("distributor contract", "launch event", "price list", "press kit", "terms of service", "local bank account",
         "warehouse agreement", "job adverts", "reseller training", "search campaign", "product sheets",
         "tax registration", "support hours", "customer stories", "trade fair stand", "delivery options"),
        ("", "", "for Sweden", "for Denmark", "for Portugal", "for Spain", "with the agency",
         "for the first 50 customers",
         "with legal", "for retail partners"),
    ),
    "compliance": (
        ("Scope", "Policies", "Controls", "Training", "Evidence", "Internal audit", "Certification"),
        ("Write", "Collect", "Review", "Approve", "Map", "Interview", "Close", "Update", "Publish", "Test"),
        ("access policy", "supplier register", "incident process", "asset list", "deletion schedule", "risk register",
         "training records", "backup evidence", "processing records", "request form", "clean desk rule",
         "change process", "retention rules", "audit findings", "key ceremony", "visitor log"),
        ("", "", "for engineering", "for finance", "for HR", "with the auditor", "for all suppliers", "for 2026",
         "with the data protection officer", "for the Berlin office"),
    ),
    "workplace": (
        ("Site", "Design", "Network", "Furniture", "Move", "Old office"),
        ("Order", "Measure", "Plan", "Install", "Inspect", "Compare", "Book", "Label", "Hand over", "Cancel"),
        ("meeting rooms", "fibre line", "desks", "access cards", "kitchen", "moving company", "fire plan", "lockers",
         "phone booths", "server cabinet", "signage", "parking spaces", "cleaning contract", "plants",
         "video equipment", "mail redirect"),
        ("", "", "on floor 3", "on floor 4", "for the sales team", "with the landlord", "for the first wave",
         "with facility management", "before the inspection", "for visitors"),
    ),
}

_SYMPTOMS = ("fails on an empty value", "shows the wrong total", "times out", "loses its filter", "is not translated",
             "rounds twice", "breaks on a long name", "sends two mails", "ignores the time zone", "shows stale data")
_RISKS = ("Supplier delivers late", "Key person leaves before the hand-over", "Data quality below what was assumed",
          "Approval by legal takes longer than planned", "Integration partner changes its interface",
          "Test environment not available in time", "Budget for external help is cut", "Adoption slower than hoped")
_BENEFITS = ("Fewer manual steps per order", "Shorter time to first invoice", "Lower licence cost",
             "Higher share of self-service", "Fewer escalations per month", "Faster month-end close")
_MILESTONES = ("Kick-off done", "Design agreed", "First release", "Pilot finished", "Ready for roll-out", "Closed")
_REMARKS = ("Agreed with the team in the stand-up.", "Waiting for an answer, asked again today.",
            "Smaller than we thought.", "Tested together, looks fine.", "Moved, because the input came late.",
            "Please have a look when you are back.", "Done on staging, production follows.")

# fmt: on


def epics(area: str) -> tuple[str, ...]:
    """Names of the big pieces of work of an area, in the order in which they are tackled."""
    return AREAS[area][0]


def title(rng: Random, area: str) -> str:
    """A title somebody of that area would give to a piece of work."""
    _, verbs, things, qualifiers = AREAS[area]
    return " ".join(filter(None, (rng.choice(verbs), rng.choice(things), rng.choice(qualifiers))))


def bug_title(rng: Random, area: str) -> str:
    thing = rng.choice(AREAS[area][2])
    return f"{thing[0].upper()}{thing[1:]} {rng.choice(_SYMPTOMS)}"


def part_title(rng: Random) -> str:
    """A title for a part of a bigger piece of work."""
    return rng.choice(("Prepare", "Check", "Review", "Write down", "Test", "Agree")) + rng.choice(
        (" the first draft", " the details", " the open questions", " the result", " with the team")
    )


def risks(rng: Random, count: int) -> list[str]:
    return rng.sample(_RISKS, count)


def benefits(rng: Random, count: int) -> list[str]:
    return rng.sample(_BENEFITS, count)


def milestones() -> tuple[str, ...]:
    return _MILESTONES


def remark(rng: Random) -> str:
    return rng.choice(_REMARKS)
