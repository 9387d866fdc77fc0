"""Who may do what: project rights per user, and issues hidden from single users."""

from readygate_sandbox.jira_cloud.model import GLOBAL_RIGHTS, Issue, Project, Right, User


def may(user: User | None, right: Right, project: Project | None = None) -> bool:
    """Whether a user has a right, everywhere or in one project. Nobody (None) has none."""
    if user is None or not user.active:
        return False
    if right in GLOBAL_RIGHTS or project is None:
        return right in user.rights
    return right in user.project_rights.get(project.key, user.rights)


def may_anywhere(user: User | None, right: Right, projects: list[Project]) -> bool:
    """Whether a user has a right in some project, as `mypermissions` reports without context."""
    return may(user, right) or any(may(user, right, project) for project in projects)


def sees(user: User | None, issue: Issue, project: Project) -> bool:
    """Whether an issue exists for a user."""
    if not may(user, Right.BROWSE, project):
        return False
    return user is not None and user.account_id not in issue.hidden_from
