"""The Jira side as the app sees it: identity, limits and operations of one request."""

from readygate_sandbox.faults import JIRA_PAGE
from readygate_sandbox.jira_cloud.api import Identity, JiraApi
from readygate_sandbox.jira_cloud.site import Site
from readygate_sandbox.limits import Limits
from readygate_sandbox.web import Answer, Refusal, Request, Seen


class JiraSide:
    """Answers `/rest/…` and `/_edge/…` of one site."""

    page = JIRA_PAGE

    def __init__(self, site: Site, limits: Limits) -> None:
        self.api = JiraApi(site)
        self.limits = limits

    def serves(self, path: str) -> bool:
        """Whether a path is ours."""
        return self.api.serves(path)

    def answer(self, request: Request, seen: Seen) -> Answer:
        """Answer one request."""
        path = self.api.local_path(request.path)
        identity = Identity(None)
        try:
            if path == "/_edge/tenant_info":
                return self._dressed(self.api.tenant_info(), identity)
            identity = self.api.identify(request)
            seen.user = identity.user.email if identity.user else None
            found, version = self.api.match(request, path)
            seen.kind = found.pattern
            answer = self.limits.check(request, found.pattern)
            if answer is None:
                answer = self.api.answer(request, found, identity, version)
                self.limits.spend(request, answer)
        except Refusal as no:
            answer = no.answer
        return self._dressed(answer, identity)

    def _dressed(self, answer: Answer, identity: Identity) -> Answer:
        headers = (*self.api.headers(identity), *answer.headers)
        return Answer(answer.status, answer.body, headers, answer.content_type, answer.cut)
