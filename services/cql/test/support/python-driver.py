"""Debian's driver as applications use it. Arguments: port, protocol version or any, lz4 or plain."""
import sys

from cassandra import InvalidRequest, Unauthorized
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import Cluster
from cassandra.query import BatchStatement

port, version, compression = sys.argv[1:]
settings = {} if version == 'any' else {'protocol_version': int(version)}


def connect(name, password):
    return Cluster(
        ['127.0.0.1'],
        port=int(port),
        auth_provider=PlainTextAuthProvider(name, password),
        compression='lz4' if compression == 'lz4' else False,
        **settings,
    )


cluster = connect('cassandra', 'cassandra')
session = cluster.connect()
keyspace = f'py_{version}_{compression}'
session.execute(f"CREATE KEYSPACE {keyspace} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}")
session.set_keyspace(keyspace)
session.execute('CREATE TABLE t (k int, c text, v blob, PRIMARY KEY (k, c))')

# What the driver knows of the table is what CREATE TABLE said.
table = cluster.metadata.keyspaces[keyspace].tables['t']
assert [column.name for column in table.clustering_key] == ['c'], table.clustering_key
assert cluster.metadata.token_map is not None

insert = session.prepare('INSERT INTO t (k, c, v) VALUES (?, ?, ?)')
value = bytes(range(256)) * 2000
for c in range(5):
    session.execute(insert, [1, str(c), value])
batch = BatchStatement()
batch.add(insert, [2, 'a', b'1'])
batch.add(insert, [2, 'b', b'2'])
session.execute(batch)

select = session.prepare('SELECT * FROM t WHERE k = ?')
select.fetch_size = 2
rows = list(session.execute(select, [1]))
assert [row.c for row in rows] == ['0', '1', '2', '3', '4'], rows
assert all(row.v == value for row in rows)

# A statement that was prepared before sees columns that came later.
session.execute('ALTER TABLE t ADD added int')
row = session.execute(select, [2]).one()
assert row._fields == ('k', 'c', 'added', 'v'), row._fields
assert row.added is None and row.v == b'1', row

result = session.execute('SELECT * FROM t', trace=True)
trace = result.get_query_trace(max_wait_sec=10)
assert trace.duration is not None and len(trace.events) > 0

try:
    session.execute('SELECT nothing FROM t')
    raise AssertionError('no error')
except InvalidRequest:
    pass

role = f'role_{keyspace}'
session.execute(f"CREATE ROLE {role} WITH PASSWORD = 'p' AND LOGIN = true")
other_cluster = connect(role, 'p')
other = other_cluster.connect()
try:
    other.execute(f'SELECT * FROM {keyspace}.t')
    raise AssertionError('no error')
except Unauthorized as error:
    assert f'User {role} has no SELECT permission on <table {keyspace}.t>' in str(error), error
other_cluster.shutdown()

described = session.execute(f'DESCRIBE TABLE {keyspace}.t').one()
assert described.create_statement.startswith(f'CREATE TABLE {keyspace}.t ('), described
print(f'v{cluster.protocol_version} {len(rows)}')
cluster.shutdown()
