"""What all tests share: properties are judged by what they find, not by how busy the machine is."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# The parent keeps what hypothesis itself chooses for continuous integration: the same examples.
settings.register_profile(
    "readygate",
    parent=settings.get_profile(settings.get_current_profile_name()),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("readygate")
