"""Who acts: a frozen value that rooms check rights on, so that none of them needs to know how people log in."""

from dataclasses import dataclass, replace

from wangge.kernel.errors import NoRight

EVERYWHERE = (0, 999_999_999_999_999)
NOWHERE = (1, 0)


@dataclass(frozen=True, slots=True)
class Actor:
    """A person (or the system) at one post.

    `lo`..`hi` is the closed interval of place codes the post covers (empty when lo > hi); `department_id` adds what is
    assigned to that department. `id` 0 is nobody in particular: the system or the public.
    """

    id: int
    name: str
    rights: frozenset[str] = frozenset()
    lo: int = NOWHERE[0]
    hi: int = NOWHERE[1]
    department_id: int | None = None
    post_id: int | None = None
    post_name: str = ""
    channel: str = "desk"
    role: str = ""
    is_system: bool = False

    def may(self, right: str) -> bool:
        return self.is_system or right in self.rights

    def must(self, right: str) -> None:
        """Raises `NoRight` unless the actor holds the right."""
        if not self.may(right):
            raise NoRight(right)

    def covers(self, place: int) -> bool:
        """Is the place code inside the actor's interval?"""
        return self.lo <= place <= self.hi

    def via(self, channel: str) -> "Actor":
        return replace(self, channel=channel)


SYSTEM = Actor(id=0, name="系统", lo=EVERYWHERE[0], hi=EVERYWHERE[1], channel="system", is_system=True)
PUBLIC = Actor(id=0, name="群众", rights=frozenset({"events.report"}), channel="portal")
