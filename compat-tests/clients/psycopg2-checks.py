"""psycopg2 against the default database: one line of JSON per check on standard output. libpq's environment says where it is."""

import datetime
import decimal
import io
import json
import select
import time
import traceback
import uuid

import psycopg2
import psycopg2.extras
import psycopg2.pool
from psycopg2 import errors, sql

CHECKS = []


def check(name):
    def keep(function):
        CHECKS.append((name, function))
        return function

    return keep


def equal(actual, expected):
    assert actual == expected, f'{actual!r} instead of {expected!r}'


@check('types there and back')
def types():
    psycopg2.extras.register_uuid()
    with psycopg2.connect('') as db, db.cursor() as cursor:
        values = (
            7,
            2**40,
            decimal.Decimal('12.3400'),
            'ünïcödé ''quote"',
            b'\x00\xff',
            datetime.datetime(2026, 1, 2, 3, 4, 5, 678900, tzinfo=datetime.timezone.utc),
            datetime.date(2026, 1, 2),
            [1, 2, 3],
            uuid.UUID(int=5),
            None,
        )
        cursor.execute(
            'select %s::int, %s::bigint, %s::numeric, %s::text, %s::bytea, %s::timestamptz, %s::date, %s::int[], %s::uuid, %s::text',
            values,
        )
        row = list(cursor.fetchone())
        row[4] = bytes(row[4])
        equal(tuple(row), values)
        cursor.execute('select %s::jsonb', (psycopg2.extras.Json({'a': [1, None]}),))
        equal(cursor.fetchone()[0], {'a': [1, None]})


@check('transactions, savepoints and errors by class')
def transactions():
    db = psycopg2.connect('')
    with db, db.cursor() as cursor:
        cursor.execute('create table py (id int primary key, v text)')
        psycopg2.extras.execute_values(cursor, 'insert into py values %s', [(i, f'v{i}') for i in range(500)])
    try:
        with db, db.cursor() as cursor:
            cursor.execute('delete from py')
            cursor.execute("insert into py values (1, 'a'), (1, 'b')")
        raise AssertionError('no error')
    except errors.UniqueViolation as error:
        equal(error.diag.constraint_name, 'py_pkey')
    with db, db.cursor() as cursor:
        cursor.execute('savepoint s; update py set v = %s; rollback to s', ('gone',))
        cursor.execute('select count(*) from py where v like %s', ('v%',))
        equal(cursor.fetchone(), (500,))
    db.close()


@check('server-side cursors')
def cursors():
    with psycopg2.connect('') as db, db.cursor('named') as cursor:
        cursor.itersize = 100
        cursor.execute('select generate_series(1, 1000)')
        equal(sum(row[0] for row in cursor), 500500)


@check('COPY both ways')
def copy():
    with psycopg2.connect('') as db, db.cursor() as cursor:
        cursor.execute('create temp table c (a int, b text)')
        cursor.copy_expert('copy c from stdin', io.StringIO(''.join(f'{i}\tx{i}\n' for i in range(5000))))
        out = io.StringIO()
        cursor.copy_expert(sql.SQL('copy {} to stdout csv').format(sql.Identifier('c')), out)
        equal(len(out.getvalue().splitlines()), 5000)


@check('notifications')
def notifications():
    listener = psycopg2.connect('')
    listener.autocommit = True
    listener.cursor().execute('listen py')
    with psycopg2.connect('') as db:
        db.cursor().execute("notify py, 'hello'")
    deadline = time.monotonic() + 10
    while not listener.notifies and time.monotonic() < deadline:
        select.select([listener], [], [], 1)
        listener.poll()
    equal([(n.channel, n.payload) for n in listener.notifies], [('py', 'hello')])
    listener.close()


@check('a cancelled query, and the connection after it')
def cancelled():
    db = psycopg2.connect('', async_=1)
    psycopg2.extras.wait_select(db)
    cursor = db.cursor()
    cursor.execute('select pg_sleep(30)')
    time.sleep(0.2)
    db.cancel()
    try:
        psycopg2.extras.wait_select(db)
        raise AssertionError('not cancelled')
    except errors.QueryCanceled:
        pass
    cursor.execute('select 1')
    psycopg2.extras.wait_select(db)
    equal(cursor.fetchone(), (1,))
    db.close()


@check('a pool of threads')
def pool():
    connections = psycopg2.pool.ThreadedConnectionPool(2, 5, '')
    held = [connections.getconn() for _ in range(5)]
    pids = set()
    for db in held:
        with db.cursor() as cursor:
            cursor.execute('select pg_backend_pid()')
            pids.add(cursor.fetchone()[0])
        connections.putconn(db)
    equal(len(pids), 5)
    connections.closeall()


@check('prepared transactions are as the server has them')
def two_phase():
    db = psycopg2.connect('')
    try:
        db.tpc_begin(db.xid(1, 'a', 'b'))
        db.cursor().execute('select 1')
        db.tpc_prepare()
        raise AssertionError('max_prepared_transactions is not 0')
    except psycopg2.Error as error:
        equal(error.pgcode, '55000')
    db.close()


def main():
    print(json.dumps({'psycopg2': psycopg2.__version__}))
    for name, function in CHECKS:
        begin = time.monotonic()
        why = None
        try:
            function()
        except Exception:
            why = traceback.format_exc()[-2000:]
        print(json.dumps({'name': name, 'why': why, 'ms': round((time.monotonic() - begin) * 1000)}), flush=True)


main()
