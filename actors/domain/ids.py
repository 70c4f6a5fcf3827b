"""The names of things, as types: a team's id can never be passed where a location's is due."""

from typing import NewType

HuntId = NewType("HuntId", str)
"""Slug of a hunt, unique on one server: ``harbour``."""

TeamId = NewType("TeamId", str)
"""Slug of a team, unique within its hunt: ``otters``."""

LocationId = NewType("LocationId", str)
"""Slug of a location, unique within its hunt: ``pier``."""

PlayerId = NewType("PlayerId", str)
"""A player within a team: the folded form of the name they joined with."""

SessionId = NewType("SessionId", str)
"""Digest (32 hex characters) of a session token. The token itself is never stored."""

StaffId = NewType("StaffId", str)
"""Somebody who was invited to help run a hunt, unique within it: ``s1``, ``s2`` …"""

AnnouncementId = NewType("AnnouncementId", int)
"""Number of an announcement within its hunt: 1, 2, 3 …"""
