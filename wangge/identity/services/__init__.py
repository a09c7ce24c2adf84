"""Writes of the room, by noun."""

from wangge.identity.services.accounts import (
    activate_account,
    change_password,
    create_account,
    deactivate_account,
    edit_account,
    reset_password,
    temporary_password,
)
from wangge.identity.services.appointments import appoint, cover, end_appointment, hand_over
from wangge.identity.services.offices import (
    close_department,
    close_post,
    create_department,
    create_post,
    edit_role,
    rename_department,
)
from wangge.identity.services.reference import Person, create_first_officers, load_departments, load_roles
from wangge.identity.services.sessions import (
    check_own_password,
    confirm_code,
    end_session,
    login,
    start_session,
    switch_post,
    touch,
    unlock,
)
from wangge.identity.services.tokens import create_token, revoke_token
from wangge.identity.services.totp import confirm_totp, disable_totp, reset_totp, setup_totp
from wangge.identity.services.transfers import pass_on_offices
from wangge.identity.services.watch import note_export, verify_audit

__all__ = [
    "Person",
    "activate_account",
    "appoint",
    "change_password",
    "check_own_password",
    "close_department",
    "close_post",
    "confirm_code",
    "confirm_totp",
    "cover",
    "create_account",
    "create_department",
    "create_first_officers",
    "create_post",
    "create_token",
    "deactivate_account",
    "disable_totp",
    "edit_account",
    "edit_role",
    "end_appointment",
    "end_session",
    "hand_over",
    "load_departments",
    "load_roles",
    "login",
    "note_export",
    "pass_on_offices",
    "rename_department",
    "reset_password",
    "reset_totp",
    "revoke_token",
    "setup_totp",
    "start_session",
    "switch_post",
    "temporary_password",
    "touch",
    "unlock",
    "verify_audit",
]
