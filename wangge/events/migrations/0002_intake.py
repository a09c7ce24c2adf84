"""The one statement of the hot path: reports in, cases with number, first step, clock and audit row out.

`rows` is a JSON array; one report and five hundred are the same statement. A client id that is already there is not
written again: its first answer is given back (`r_fresh` false), after the rows that are new.
"""

from django.db import migrations

SQL = """
create function events_report(
    lo bigint, hi bigint, department bigint, account bigint, actor_name text, post_name text, channel text, rows json
) returns table (r_client uuid, r_number text, r_place bigint, r_state text, r_due timestamptz, r_fresh boolean)
language plpgsql as $$
#variable_conflict use_column
declare
    made int;
begin
    perform set_config('app.lo', lo::text, true), set_config('app.hi', hi::text, true),
        set_config('app.department', department::text, true), set_config('app.account', account::text, true);
    return query
    with input as materialized (
        select distinct on (client) * from json_to_recordset(rows) as r(
            client uuid, kind text, prefix text, series text, state text, command text, title text, body text,
            category text, source text, urgency text, place bigint, lng float8, lat float8, seen_at timestamptz,
            received_at timestamptz, holder bigint, clock text, amount int, unit text, yellow_at timestamptz,
            due_at timestamptz, outcome text, closed_at timestamptz, query_code text, secret boolean, files text[],
            datum text, accuracy float8, near_border boolean, candidates bigint[], suggested jsonb,
            device_at timestamptz, version int)
    ), fresh as (
        insert into casework_case (
            kind, number, client_id, state, step, title, text, category, source, urgency, place_code, lng, lat, seen_at,
            received_at, reporter_id, holder_id, holder_place, lead_id, department_ids, clock, due_at, is_designated,
            is_supervised, is_secret, card, returns, reworks, redone, urged, supporters, outcome, grade, finished_at,
            closed_at, merged_into_id, query_code, is_legacy)
        select kind, prefix || lpad(kernel_next_number(series)::text, 7, '0'), client, state, 1, title, body, category,
            source, urgency, place, lng, lat, seen_at, received_at, nullif(account, 0), holder, null, null, '{}', clock,
            due_at, false, false, secret, '', 0, 0, 0, 0, 0, outcome, null, closed_at, closed_at, null, query_code, false
        from input
        on conflict (client_id) do nothing
        returning id, client_id, number
    ), detail as (
        insert into events_event (
            case_id, datum, accuracy, near_border, candidates, suggested, device_at, catalogue_version)
        select id, datum, accuracy, near_border, candidates, suggested, device_at, version
        from fresh join input on client = client_id
    ), first_step as (
        insert into casework_step (
            case_id, seq, at, actor_id, actor_name, post_name, department_id, command, from_state, to_state, reason,
            text, data, files, key, is_public)
        select id, 1, received_at, account, actor_name, post_name, nullif(department, 0), command, '', state, '', '',
            jsonb_build_object('due_at', due_at), files, null, false
        from fresh join input on client = client_id
    ), first_clock as (
        insert into casework_clock (
            case_id, assignment_id, department_id, kind, started_at, amount, unit, extended_days, yellow_at, due_at,
            stopped_at)
        select id, null, holder, clock, received_at, amount, unit, 0, yellow_at, due_at, null
        from fresh join input on client = client_id where clock <> ''
    ), trail as (
        insert into kernel_auditentry (at, actor_id, actor_name, post_name, channel, action, kind, subject, data)
        select received_at, account, actor_name, post_name, channel, 'events.reported', kind, number,
            jsonb_build_object('source', source, 'place', place)
        from fresh join input on client = client_id
    )
    select client, number::text, place, state, due_at, true from fresh join input on client = client_id;
    get diagnostics made = row_count;
    if made < json_array_length(rows) then
        -- A statement of its own: it sees what others committed while we waited for the same id, and it costs the common
        -- case nothing. The lateral limits keep it on the indexes also while the tables are young and without statistics.
        return query
        select c.client_id, c.number::text, c.place_code, s.to_state::text, (s.data ->> 'due_at')::timestamptz, false
        from (select distinct (r.value ->> 'client')::uuid as client from json_array_elements(rows) r) sent
        cross join lateral (select * from casework_case k where k.client_id = sent.client limit 1) c
        cross join lateral (select * from casework_step t where t.case_id = c.id and t.seq = 1 limit 1) s;
    end if;
end $$;

alter table events_event enable row level security;
alter table events_event force row level security;
create policy seen_with_its_case on events_event for select
    using (exists (select from casework_case c where c.id = case_id));
create policy changed_with_its_case on events_event for update
    using (exists (select from casework_case c where c.id = case_id));
create policy added on events_event for insert with check (true);
alter table events_reporter enable row level security;
alter table events_reporter force row level security;
create policy seen_with_its_case on events_reporter for select
    using (exists (select from casework_case c where c.id = case_id));
create policy changed_with_its_case on events_reporter for update
    using (exists (select from casework_case c where c.id = case_id));
create policy added on events_reporter for insert with check (true);
"""


class Migration(migrations.Migration):
    dependencies = [("events", "0001_initial"), ("casework", "0002_guards")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
