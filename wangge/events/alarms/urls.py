"""Addresses of devices and alarms, a part of the events room's."""

from django.urls import path

from wangge.events.alarms import api
from wangge.events.alarms.views import alarms, deciding, devices
from wangge.events.api import by_method

urlpatterns = [
    path("devices", devices.devices, name="devices"),
    path("devices/export", devices.export, name="devices_export"),
    path("devices/new", devices.new, name="device_new"),
    path("devices/faults", devices.faults, name="device_faults"),
    path("devices/figures", alarms.summary, name="device_figures"),
    path("devices/rules", deciding.alarm_rules, name="alarm_rules"),
    path("devices/rules/<int:rule_id>/withdraw", deciding.withdraw, name="alarm_rule_withdraw"),
    path("devices/alarms", alarms.board, name="alarms"),
    path("devices/alarms/export", alarms.export, name="alarms_export"),
    path("devices/alarms/<int:alarm_id>", alarms.alarm, name="alarm"),
    path("devices/alarms/<int:alarm_id>/calls/<int:call_id>", alarms.call, name="alarm_call"),
    path("devices/<int:device_id>", devices.device, name="device"),
    path("devices/<int:device_id>/edit", devices.edit, name="device_edit"),
    path("devices/<int:device_id>/do/<slug:what>", devices.act, name="device_act"),
    path("api/v1/alarms", by_method(GET=api.list_alarms), name="api_alarms"),
    path("api/v1/alarms/<int:alarm_id>/acts", by_method(POST=api.act), name="api_alarm_act"),
]
