"""Writes of land: divisions, outlines, cells and their borders.

Every write locks the one version row first, so writers of the territory queue up (there are few, and a border is the
affair of two cells at least), looks at what the others left, and counts the version up. The refusals name the cells.
"""

from wangge.territory.services.cells import (
    Redrawing,
    draw_cell,
    merge_cells,
    redraw_cell,
    redraw_cells,
    rename_cell,
    retire_cell,
    split_cell,
)
from wangge.territory.services.devices import (
    DeviceEntry,
    ask_upkeep,
    edit_device,
    finish_upkeep,
    hear,
    issue_secret,
    mark_silent,
    note_devices_exported,
    register_device,
    set_device_state,
)
from wangge.territory.services.imports import ImportReport, ImportRow, import_cells, propose_cells
from wangge.territory.services.load import load_divisions, load_outlines, sketch_cells
from wangge.territory.services.steps import RIGHT
from wangge.territory.services.transfers import (
    add_transfer_item,
    cancel_transfer,
    carry_out_transfer,
    drop_transfer_item,
    edit_transfer,
    finish_transfer_item,
    offer_transfer,
    plan_cells,
    plan_divisions,
    prepare_transfer,
    reopen_transfer,
    sign_transfer,
)

__all__ = [
    "RIGHT",
    "DeviceEntry",
    "ImportReport",
    "ImportRow",
    "Redrawing",
    "add_transfer_item",
    "ask_upkeep",
    "cancel_transfer",
    "carry_out_transfer",
    "draw_cell",
    "drop_transfer_item",
    "edit_device",
    "edit_transfer",
    "finish_transfer_item",
    "finish_upkeep",
    "hear",
    "import_cells",
    "issue_secret",
    "load_divisions",
    "load_outlines",
    "mark_silent",
    "merge_cells",
    "note_devices_exported",
    "offer_transfer",
    "plan_cells",
    "plan_divisions",
    "prepare_transfer",
    "propose_cells",
    "redraw_cell",
    "redraw_cells",
    "register_device",
    "rename_cell",
    "reopen_transfer",
    "retire_cell",
    "set_device_state",
    "sign_transfer",
    "sketch_cells",
    "split_cell",
]
