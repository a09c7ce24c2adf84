"""Alarms of devices: signals come in over MQTT, join into alarms, each alarm becomes an event and is answered in three steps."""
