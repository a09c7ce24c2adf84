"""Addresses of what keeps the register true: stale lists, spot checks, lists, campaigns, due dates."""

from django.urls import path

from wangge.registry.views import campaigns, duedates, lists, samples, stale

urlpatterns = [
    path("registry/stale", stale.listing, name="stale"),
    path("registry/stale/export", stale.export, name="stale-export"),
    path("registry/limits", stale.limits, name="limits"),
    path("registry/samples", samples.listing, name="samples"),
    path("registry/samples/new", samples.new, name="sample-new"),
    path("registry/samples/mine", samples.mine, name="samples-mine"),
    path("registry/samples/<int:plan_id>", samples.show, name="sample"),
    path("registry/samples/<int:plan_id>/act", samples.act, name="sample-act"),
    path("registry/samples/<int:plan_id>/assign", samples.assign, name="sample-assign"),
    path("registry/samples/<int:plan_id>/report", samples.report, name="sample-report"),
    path("registry/samples/<int:plan_id>/export", samples.export, name="sample-export"),
    path("registry/samples/items/<int:item_id>", samples.check, name="sample-item"),
    path("registry/lists", lists.listing, name="duty-lists"),
    path("registry/lists/draft", lists.draft, name="duty-list-draft"),
    path("registry/lists/<int:list_id>", lists.show, name="duty-list"),
    path("registry/lists/<int:list_id>/act", lists.act, name="duty-list-act"),
    path("registry/lists/<int:list_id>/export", lists.export, name="duty-list-export"),
    path("registry/campaigns", campaigns.listing, name="campaigns"),
    path("registry/campaigns/new", campaigns.new, name="campaign-new"),
    path("registry/campaigns/<int:campaign_id>", campaigns.show, name="campaign"),
    path("registry/campaigns/<int:campaign_id>/act", campaigns.act, name="campaign-act"),
    path("registry/campaigns/<int:campaign_id>/people/<int:person_id>", campaigns.answer, name="campaign-answer"),
    path("registry/campaigns/<int:campaign_id>/export", campaigns.export, name="campaign-export"),
    path("registry/due", duedates.listing, name="due"),
    path("registry/due/<int:reminder_id>/settle", duedates.settle, name="due-settle"),
    path("registry/due/rules", duedates.due_rules, name="due-rules"),
    path("registry/due/export", duedates.export, name="due-export"),
]
