"""机构与权限. Departments, posts, appointments, accounts, roles, scopes, login."""
