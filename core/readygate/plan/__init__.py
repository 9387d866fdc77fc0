"""Plans one deal: from what is remembered of it to the actions that are due, each with its reason.

Pure functions. What is planned without a look is provisional wherever `look` is set: the run reads
the deal afresh and plans it again with what it saw before anything of it is applied.
"""

from readygate.plan.context import Context
from readygate.plan.deals import plan_deal
from readygate.plan.draft import DealPlan, Due
from readygate.plan.position import strayed
from readygate.plan.premature import explain

__all__ = ["Context", "DealPlan", "Due", "explain", "plan_deal", "strayed"]
