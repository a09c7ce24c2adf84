"""Our own import-linter contract: a room is entered through its doors only."""

from typing import Any

from importlinter import Contract, ContractCheck, fields, output


class DoorsContract(Contract):
    """Names are compared part by part, so that no room is taken for another whose name begins alike.

    Tests may look into the rooms below: they check rows that no service shows.
    """

    root = fields.StringField()
    rooms = fields.ListField(subfield=fields.StringField())
    doors = fields.ListField(subfield=fields.StringField())

    def check(self, graph: Any, verbose: bool) -> ContractCheck:
        given: Any = self
        root, rooms, doors = str(given.root), {str(r) for r in given.rooms}, {str(d) for d in given.doors}

        def room_of(module: str) -> str | None:
            parts = module.split(".")
            return parts[1] if len(parts) > 1 and parts[0] == root else None

        broken = []
        for module in graph.modules:
            name = getattr(module, "name", module)
            parts = name.split(".")
            if room_of(name) not in rooms or len(parts) < 3 or parts[2] in doors:
                continue
            for importer in graph.find_modules_that_directly_import(name):
                importer_name = getattr(importer, "name", importer)
                if room_of(importer_name) != room_of(name) and "tests" not in importer_name.split("."):
                    broken.append((importer_name, name))
        return ContractCheck(kept=not broken, metadata={"broken": sorted(broken)})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for importer, imported in check.metadata["broken"]:
            output.print_error(f"{importer} enters {imported}: not a door")
