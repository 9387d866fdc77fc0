"""Shows plans, outcomes, deals, history and the process map as text, JSON and Markdown.

Everything here is pure. What comes from a tracker is foreign: it is made harmless first.
"""

from readygate.render.budgets import budgets_document, budgets_markdown, budgets_text
from readygate.render.chain import chain_document, chain_mermaid, chain_text
from readygate.render.checkups import (
    checkups_document,
    checkups_line,
    checkups_markdown,
    checkups_text,
)
from readygate.render.document import (
    deal_document,
    dump,
    error_document,
    log_document,
    problems_document,
    run_document,
    status_document,
)
from readygate.render.history import in_order
from readygate.render.markdown import run_markdown, status_markdown
from readygate.render.plain import clean, moment, plural, span
from readygate.render.text import (
    as_of,
    deal_lines,
    findings_text,
    guard_line,
    log_text,
    problems_text,
    run_line,
    run_text,
    status_lines,
)
from readygate.render.words import Names, became, errors_of

__all__ = [
    "Names",
    "as_of",
    "became",
    "budgets_document",
    "budgets_markdown",
    "budgets_text",
    "chain_document",
    "chain_mermaid",
    "chain_text",
    "checkups_document",
    "checkups_line",
    "checkups_markdown",
    "checkups_text",
    "clean",
    "deal_document",
    "deal_lines",
    "dump",
    "error_document",
    "errors_of",
    "findings_text",
    "guard_line",
    "in_order",
    "log_document",
    "log_text",
    "moment",
    "plural",
    "problems_document",
    "problems_text",
    "run_document",
    "run_line",
    "run_markdown",
    "run_text",
    "span",
    "status_document",
    "status_lines",
    "status_markdown",
]
