"""Names and types of fields and status categories, as every Jira Cloud site has them."""

CATEGORIES: dict[str, tuple[int, str, str]] = {
    "undefined": (1, "medium-gray", "No Category"),
    "new": (2, "blue-gray", "To Do"),
    "indeterminate": (4, "yellow", "In Progress"),
    "done": (3, "green", "Done"),
}

SYSTEM_FIELDS: dict[str, tuple[str, str]] = {
    "statuscategorychangedate": ("Status Category Changed", "datetime"),
    "fixVersions": ("Fix versions", "array:version"),
    "resolution": ("Resolution", "resolution"),
    "lastViewed": ("Last Viewed", "datetime"),
    "priority": ("Priority", "priority"),
    "labels": ("Labels", "array:string"),
    "timeestimate": ("Remaining Estimate", "number"),
    "aggregatetimeoriginalestimate": ("Σ Original Estimate", "number"),
    "versions": ("Affects versions", "array:version"),
    "issuelinks": ("Linked Issues", "array:issuelinks"),
    "assignee": ("Assignee", "user"),
    "status": ("Status", "status"),
    "components": ("Components", "array:component"),
    "creator": ("Creator", "user"),
    "subtasks": ("Sub-tasks", "array:issuelinks"),
    "reporter": ("Reporter", "user"),
    "aggregateprogress": ("Σ Progress", "progress"),
    "progress": ("Progress", "progress"),
    "votes": ("Votes", "votes"),
    "issuetype": ("Issue Type", "issuetype"),
    "project": ("Project", "project"),
    "resolutiondate": ("Resolved", "datetime"),
    "workratio": ("Work Ratio", "number"),
    "watches": ("Watchers", "watches"),
    "created": ("Created", "datetime"),
    "updated": ("Updated", "datetime"),
    "description": ("Description", "string"),
    "timetracking": ("Time tracking", "timetracking"),
    "security": ("Security Level", "securitylevel"),
    "attachment": ("Attachment", "array:attachment"),
    "summary": ("Summary", "string"),
    "environment": ("Environment", "string"),
    "duedate": ("Due date", "date"),
    "parent": ("Parent", "issuelink"),
    "statusCategory": ("Status Category", "statusCategory"),
    "comment": ("Comment", "comments-page"),
    "worklog": ("Log Work", "array:worklog"),
}
"""Display name and type of the system fields, as `GET /field` reports them."""

CUSTOM_SCHEMAS: dict[str, tuple[str, str, str]] = {
    "text": ("string", "", "textfield"),
    "textarea": ("string", "", "textarea"),
    "number": ("number", "", "float"),
    "select": ("option", "", "select"),
    "multiselect": ("array", "option", "multiselect"),
    "user": ("user", "", "userpicker"),
    "date": ("date", "", "datepicker"),
    "datetime": ("datetime", "", "datetime"),
    "labels": ("array", "string", "labels"),
}

NOT_NAVIGABLE = frozenset({"comment", "attachment", "worklog", "timetracking"})
