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
from wangge.territory.services.doubts import decide_doubt, raise_doubts, undo_doubt
from wangge.territory.services.imports import ImportReport, ImportRow, import_cells, propose_cells
from wangge.territory.services.load import load_divisions, load_outlines, sketch_cells
from wangge.territory.services.places import (
    add_alias,
    drop_alias,
    move_address,
    place_address,
    rename_address,
    retire_address,
    update_dwelling,
    verify_dwelling,
)
from wangge.territory.services.places_load import HouseRow, Loaded, load_addresses
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
    "HouseRow",
    "ImportReport",
    "ImportRow",
    "Loaded",
    "Redrawing",
    "add_alias",
    "add_transfer_item",
    "ask_upkeep",
    "cancel_transfer",
    "carry_out_transfer",
    "decide_doubt",
    "draw_cell",
    "drop_alias",
    "drop_transfer_item",
    "edit_device",
    "edit_transfer",
    "finish_transfer_item",
    "finish_upkeep",
    "hear",
    "import_cells",
    "issue_secret",
    "load_addresses",
    "load_divisions",
    "load_outlines",
    "mark_silent",
    "merge_cells",
    "move_address",
    "note_devices_exported",
    "offer_transfer",
    "place_address",
    "plan_cells",
    "plan_divisions",
    "prepare_transfer",
    "propose_cells",
    "raise_doubts",
    "redraw_cell",
    "redraw_cells",
    "register_device",
    "rename_address",
    "rename_cell",
    "reopen_transfer",
    "retire_address",
    "retire_cell",
    "set_device_state",
    "sign_transfer",
    "sketch_cells",
    "split_cell",
    "undo_doubt",
    "update_dwelling",
    "verify_dwelling",
]
