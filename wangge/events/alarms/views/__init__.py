"""Staff pages of alarms and devices."""
