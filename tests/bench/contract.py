"""The config that every case runs with, for either tracker."""

from __future__ import annotations

ITEMS = {
    "contract_scan": "Scan of the signed contract",
    "contract_doc": "Editable contract",
    "invoice": "Issued invoice",
    "brand_kit": "Brand kit",
    "accesses": "Verified accesses",
    "contact": "Contact person on the client's side",
    "informal": "Informal agreements",
}
"""What sales hand over to delivery."""

LEAD = ("lead_checklist", "Lead qualification checklist")

NEW = ("nda", "Signed non-disclosure agreement")
"""What a change of the contract adds to it."""

STAGES = ("New lead", "Negotiation", "In production", "Done")

JIRA_PLACE = """\
    project: DEAL
    issue_type: Deal
"""
AIRTABLE_PLACE = """\
    table: Deals
    stage_field: Stage
    checklist: { table: Checklist, deal: Deal, key: Key, title: Item, done: Done, owner: Owner }
"""


def config(trackers: dict[str, str], place: str, *, changed: bool = False) -> str:
    """The YAML for trackers (name -> its options), a pipeline each; `changed` asks for one item
    more."""
    asked = {**ITEMS, NEW[0]: NEW[1]} if changed else ITEMS
    lines = ["version: 1", "language: en", "trackers:"]
    lines += [f"  {name}: {options}" for name, options in trackers.items()]
    lines += ["people:"]
    lines += [
        f"  {name.lower()}: {{ name: {name}, email: {name.lower()}@example.com }}"
        for name in ("Anna", "Boris", "Vera")
    ]
    lines += ["items:"]
    lines += [f'  {key}: {{ title: "{title}" }}' for key, title in (LEAD, *asked.items())]
    handed = ", ".join(asked)
    lines += [
        "processes:",
        f"  marketing: {{ title: Marketing, owner: anna, outputs: [{LEAD[0]}] }}",
        f"  sales: {{ title: Sales, owner: boris, inputs: [{LEAD[0]}], outputs: [{handed}] }}",
        f"  delivery: {{ title: Delivery, owner: vera, inputs: [{handed}] }}",
        "pipelines:",
    ]
    for name in trackers:
        lines += [f"  deals_of_{name}:", f"    tracker: {name}", place.rstrip(), "    stages:"]
        owners = ("marketing", "sales", "delivery", "delivery")
        lines += [
            f"      - {{ stage: {stage}, process: {process} }}"
            for stage, process in zip(STAGES, owners, strict=True)
        ]
        lines += ["      - { stage: Lost, exit: true }"]
    return "\n".join(lines) + "\n"
