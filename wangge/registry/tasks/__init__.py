"""Jobs of the registry, by noun. Each module registers its jobs when it is imported here."""

from wangge.registry.tasks import exports as exports
from wangge.registry.tasks import imports as imports
from wangge.registry.tasks import kept_true as kept_true
from wangge.registry.tasks import retention as retention
