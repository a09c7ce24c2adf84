"""Rules about what the sentences of a document say, of themselves and of the tables. Importing a module registers it."""

from importlib import import_module
from pkgutil import iter_modules

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
