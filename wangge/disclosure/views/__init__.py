"""Pages of the room: the auditor's desk, the desk of publications."""
