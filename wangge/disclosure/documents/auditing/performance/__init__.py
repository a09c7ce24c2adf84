"""Rules about performance forms: goals that are applied for and self-evaluations. Importing a module registers its rules."""

from importlib import import_module
from pkgutil import iter_modules

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
