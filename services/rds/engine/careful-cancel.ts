/**
 * `pg_cancel_backend` that leaves alone who waits for a commit to reach the standby: PostgreSQL would end the wait and acknowledge a commit
 * that is nowhere but here, and a session with `client_min_messages = error` does not even say so. The server's own function gets another
 * name, which customers may not call; what has its name is a function of rdsadmin that asks the same of its caller.
 *
 * Between the look and the signal a backend may begin to wait. Then its notice tells, which the proxy heeds; only a session that turned
 * notices off and that another one of the same customer cancels at that very moment hears of a commit some milliseconds early.
 */
const original = 'hypergate_cancel_backend';

const body = `
declare
  target record;
begin
  select a.usesysid, a.wait_event, r.rolsuper into target
    from pg_catalog.pg_stat_activity a left join pg_catalog.pg_roles r on r.oid = a.usesysid
    where a.pid = pg_cancel_backend.pid;
  if not found then
    raise warning 'PID % is not a PostgreSQL backend process', pid;
    return false;
  end if;
  if target.rolsuper is not false then
    raise insufficient_privilege using message = 'permission denied to cancel query',
      detail = 'Only roles with the SUPERUSER attribute may cancel queries of roles with the SUPERUSER attribute.';
  end if;
  if not pg_catalog.pg_has_role(session_user, target.usesysid, 'USAGE')
      and not pg_catalog.pg_has_role(session_user, 'pg_signal_backend', 'USAGE') then
    raise insufficient_privilege using message = 'permission denied to cancel query',
      detail = 'Only roles with privileges of the role whose query is being canceled or with privileges of the "pg_signal_backend" role may cancel this query.';
  end if;
  if target.wait_event = 'SyncRep' then
    return true;
  end if;
  return pg_catalog.${original}(pid);
end`;

/** Of each database that others are made from, and of `postgres`. */
export const carefulCancel: readonly string[] = [
  `alter function pg_catalog.pg_cancel_backend(integer) rename to ${original}`,
  `revoke execute on function pg_catalog.${original}(integer) from public`,
  // As if it had been so from the start: a dump holds what was granted and revoked since.
  `insert into pg_catalog.pg_init_privs (objoid, classoid, objsubid, privtype, initprivs)
     select oid, 'pg_catalog.pg_proc'::pg_catalog.regclass, 0, 'i', proacl from pg_catalog.pg_proc where proname = '${original}'`,
  `create function pg_catalog.pg_cancel_backend(pid integer) returns boolean language plpgsql strict volatile security definer
     set search_path = pg_catalog as $careful$${body}$careful$`,
];
