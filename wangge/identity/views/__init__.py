"""Pages of the room: the door, my account, and the three officers' desks."""
