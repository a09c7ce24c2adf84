from django.urls import URLPattern, path

from wangge.identity.views import door, guard, mine, people

app_name = "identity"
ADMIN = "desk/admin"
urlpatterns: list[URLPattern] = [
    path("login", door.login, name="login"),
    path("login/code", door.code, name="login-code"),
    path("logout", door.logout, name="logout"),
    path("password", door.password, name="password"),
    path("post/switch", door.switch, name="post-switch"),
    path("sessions", door.sessions, name="sessions"),
    path("account", mine.page, name="account"),
    path("account/sessions/<int:session_id>/end", mine.end_session, name="session-end"),
    path("account/totp", mine.totp, name="totp"),
    path("account/totp/confirm", mine.totp_confirm, name="totp-confirm"),
    path("account/totp/off", mine.totp_off, name="totp-off"),
    path("account/tokens", mine.create_token, name="token-create"),
    path("account/tokens/<int:token_id>/revoke", mine.revoke_token, name="token-revoke"),
    path(f"{ADMIN}/accounts", people.accounts, name="accounts"),
    path(f"{ADMIN}/accounts/export", people.export, name="accounts-export"),
    path(f"{ADMIN}/accounts/new", people.new_account, name="account-new"),
    path(f"{ADMIN}/accounts/<int:account_id>", people.account, name="account-admin"),
    path(f"{ADMIN}/accounts/<int:account_id>/reset", people.reset, name="account-reset"),
    path(f"{ADMIN}/accounts/<int:account_id>/totp", people.reset_totp, name="account-totp"),
    path(f"{ADMIN}/accounts/<int:account_id>/activity", people.activity, name="account-activity"),
    path(f"{ADMIN}/accounts/<int:account_id>/appoint", people.appoint, name="appoint"),
    *(
        path(
            f"{ADMIN}/accounts/<int:account_id>/appointments/<int:appointment_id>/{step}",
            people.appointment,
            {"step": step},
            name=f"appointment-{step}",
        )
        for step in people.STEPS
    ),
    path(f"{ADMIN}/posts", people.posts, name="posts"),
    path(f"{ADMIN}/posts/<int:post_id>/close", people.close_post, name="post-close"),
    path(f"{ADMIN}/departments", people.departments, name="departments"),
    path(f"{ADMIN}/departments/<int:department_id>", people.department, name="department"),
    path(f"{ADMIN}/departments/<int:department_id>/close", people.close_department, name="department-close"),
    path(f"{ADMIN}/roles", guard.roles, name="roles"),
    path(f"{ADMIN}/roles/<slug:code>", guard.role, name="role"),
    path(f"{ADMIN}/sessions", guard.sessions, name="admin-sessions"),
    path(f"{ADMIN}/sessions/<int:session_id>/end", guard.end_session, name="admin-session-end"),
    path(f"{ADMIN}/sessions/unlock", guard.unlock, name="unlock"),
    path(f"{ADMIN}/audit", guard.audit, name="audit"),
    path(f"{ADMIN}/audit/export", guard.export, name="audit-export"),
    path(f"{ADMIN}/audit/verify", guard.verify, name="audit-verify"),
]
