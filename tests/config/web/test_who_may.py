"""Which routes others than admins may use, by name: a page that a mistake opens to more people is seen here."""

from config.web.rights import Role, whole_need_of
from tests.support.lodge import Lodge

# Whoever reaches the machine: the doors themselves, and programs that bring a proof of their own or may monitor.
ANYBODY = """
api.openapi healthz metrics pages.come_back pages.first pages.go_elsewhere pages.login pages.logout pages.static readyz
webhooks.deliver
"""
# Whoever may see the node, or anything where there is none: reading, and what somebody does with their own account.
VIEWERS = """
api.ask_change api.ask_report api.list_candidates api.list_decisions api.list_lens_nodes api.list_lenses api.list_lessons
api.list_nodes api.list_overrides api.list_watermelons api.read_change api.read_closure api.read_document
api.read_document_file api.read_forecast api.read_forecast_check api.read_key_figures api.read_node api.read_outlook
api.read_override api.read_receipt api.read_registers api.read_report api.read_selection api.read_trend
pages.choices pages.choose pages.closing pages.exports pages.forecasts pages.guidance pages.have_it_made
pages.have_it_split pages.have_lens_scored pages.home
pages.key_figures pages.lessons pages.moved pages.moved_split pages.node pages.node_ahead
pages.node_dependencies pages.node_load pages.node_outlook pages.node_people pages.node_registers pages.one_report
pages.organisation pages.prepared_file pages.registers_body pages.search pages.watermelons pages.what_budgets_buy
pages.drop_form pages.end_sessions pages.kept_form pages.make_token pages.me pages.my_password pages.revoke_token
"""
# Whoever may decide on the node: overrides, decisions, lessons, and what is written into the tools, to look at.
EDITORS = """
api.end_override api.keep_lesson api.list_writes api.read_errand api.read_plan api.record_decision api.set_override
pages.add_lesson pages.audit_csv pages.audit_log pages.one_plan pages.override pages.plan pages.record_decision
pages.set_override pages.written
"""


def test_what_is_not_named_here_is_for_admins(house: Lodge) -> None:
    named = {"anybody": ANYBODY, "viewer": VIEWERS, "editor": EDITORS}
    wanted = {endpoint: need for need, endpoints in named.items() for endpoint in endpoints.split()}
    endpoints = {rule.endpoint for rule in house.app.url_map.iter_rules()}
    assert wanted.keys() - endpoints == set(), "named here, and no more there"
    found = {endpoint: _needed(house, endpoint) for endpoint in endpoints}
    assert {key: need for key, need in found.items() if need != wanted.get(key, "admin")} == {}


def _needed(house: Lodge, endpoint: str) -> str:
    need = whole_need_of(house.app, endpoint)
    assert need is not None, endpoint
    return "anybody" if need.plain or need.monitored or need.role is Role.ANYBODY else need.role.name.lower()
