"""What clients ask for on their way: the server itself, its settings."""

from readygate_sandbox.clock import jira_time
from readygate_sandbox.jira_cloud.site import Call
from readygate_sandbox.web import Answer, Routes

ROUTES = Routes()


@ROUTES.get("/serverInfo")
def server_info(call: Call) -> Answer:
    """A Jira Cloud site, with keys beyond the document that real sites were seen to send."""
    base = call.site.base_url
    return Answer(
        200,
        {
            "baseUrl": base,
            "displayUrl": base,
            "displayUrlServicedeskHelpCenter": base,
            "displayUrlConfluence": base,
            "displayUrlCSMHelpSeeker": base,
            "version": "1001.0.0-SNAPSHOT",
            "versionNumbers": [1001, 0, 0],
            "deploymentType": "Cloud",
            "buildNumber": 100287,
            "buildDate": "2026-08-20T08:00:00.000+0000",
            "serverTime": jira_time(call.store.clock.now_ms()),
            "scmInfo": "0000000000000000000000000000000000000000",
            "serverTitle": call.store.info.title,
            "defaultLocale": {"locale": "en_US"},
            "serverTimeZone": "Etc/UTC",
        },
    )


@ROUTES.get("/configuration")
def configuration(call: Call) -> Answer:
    """Which features are on."""
    call.actor  # noqa: B018 - refuses nobody
    return Answer(
        200,
        {
            "votingEnabled": True,
            "watchingEnabled": True,
            "unassignedIssuesAllowed": True,
            "subTasksEnabled": True,
            "issueLinkingEnabled": True,
            "timeTrackingEnabled": False,
            "attachmentsEnabled": False,
        },
    )


@ROUTES.get("/attachment/meta")
def attachments(call: Call) -> Answer:
    """Attachments are off: the sandbox keeps none."""
    del call
    return Answer(200, {"enabled": False, "uploadLimit": 0})
