"""Connects, logs in, prepares, pages and compares. Arguments: port, version or any, lz4 or plain."""
import sys

from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import Cluster

port, version, compression = sys.argv[1:]
settings = {} if version == 'any' else {'protocol_version': int(version)}
cluster = Cluster(
    ['127.0.0.1'],
    port=int(port),
    auth_provider=PlainTextAuthProvider('cassandra', 'cassandra'),
    compression='lz4' if compression == 'lz4' else False,
    **settings,
)
session = cluster.connect()
name = session.execute('SELECT * FROM system.local').one().cluster_name
session.default_fetch_size = 2
statement = session.prepare('SELECT echo FROM t WHERE a = ?')
# Longer than an outer frame of v5, once easy to pack and once not.
noise = ''.join(chr(33 + (i * i * 31 + i * 7) % 90) for i in range(150_000))
for value in ('x' * 300_000, noise):
    rows = list(session.execute(statement, [value]))
    assert all(row.echo == value for row in rows), 'another value came back'
print(f'v{cluster.protocol_version} {name} {len(rows)}')
cluster.shutdown()
