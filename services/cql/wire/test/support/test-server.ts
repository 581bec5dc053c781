/** A server of canned answers over the real wire: enough for drivers to connect, log in, prepare and page. */
import { createServer, type Server, type Socket } from 'node:net';
import { CqlError } from '../../../errors.ts';
import type { CqlType, NativeName } from '../../../types/api.ts';
import {
  agreedCompression,
  ColumnMetadata,
  type ColumnSpec,
  type Compression,
  compressions,
  type Frame,
  FrameError,
  FrameReader,
  FrameWriter,
  preparedId,
  type QueryParameters,
  RowsWriter,
  readRequest,
  writeAuthenticate,
  writeAuthSuccess,
  writeError,
  writeFrameError,
  writePrepared,
  writeReady,
  writeSetKeyspace,
  writeSupported,
} from '../../index.ts';

const loopback = Buffer.from([127, 0, 0, 1]);
const hostId = Buffer.from('8f9c2b7e4d1a4c2e9b3f5a6d7c8e9f01', 'hex');
const tokens = Buffer.from('00000001000000022d31', 'hex');
const text: CqlType = { kind: 'native', name: 'text' };

const local: readonly (readonly [string, CqlType | NativeName, Buffer])[] = [
  ['key', 'text', Buffer.from('local')],
  ['bootstrapped', 'text', Buffer.from('COMPLETED')],
  ['broadcast_address', 'inet', loopback],
  ['cluster_name', 'text', Buffer.from('Test Cluster')],
  ['cql_version', 'text', Buffer.from('3.4.5')],
  ['data_center', 'text', Buffer.from('dc1')],
  ['host_id', 'uuid', hostId],
  ['listen_address', 'inet', loopback],
  ['native_protocol_version', 'text', Buffer.from('5')],
  ['partitioner', 'text', Buffer.from('org.apache.cassandra.dht.Murmur3Partitioner')],
  ['rack', 'text', Buffer.from('r1')],
  ['release_version', 'text', Buffer.from('4.0.11')],
  ['rpc_address', 'inet', loopback],
  ['schema_version', 'uuid', hostId],
  ['tokens', { kind: 'set', element: text, frozen: false }, tokens],
];
const typed = (type: CqlType | NativeName): CqlType =>
  typeof type === 'string' ? { kind: 'native', name: type } : type;
const localMetadata = new ColumnMetadata(
  local.map(([name, type]): ColumnSpec => ({ keyspace: 'system', table: 'local', name, type: typed(type) })),
);
const one = (name: string) => new ColumnMetadata([{ keyspace: 'system', table: 't', name, type: text }]);
const echoes = one('echo');
const nothing = one('keyspace_name');
const supported = new Map([
  ['COMPRESSION', [...compressions]],
  ['CQL_VERSION', ['3.4.5']],
  ['PROTOCOL_VERSIONS', ['3/v3', '4/v4', '5/v5']],
]);

export interface Seen {
  /** Of each connection that started: version, and how it is packed. */
  readonly started: string[];
  readonly refused: string[];
}

class Connection {
  private readonly reader = new FrameReader();
  private readonly out = new FrameWriter(4);
  private readonly socket: Socket;
  private readonly seen: Seen;
  private readonly prepared = new Map<string, string>();

  constructor(socket: Socket, seen: Seen) {
    this.socket = socket;
    this.seen = seen;
    socket.on('data', (chunk) => this.receive(chunk)).on('error', () => socket.destroy());
  }

  private receive(chunk: Buffer): void {
    try {
      this.reader.feed(chunk);
      for (let frame = this.reader.next(); frame !== undefined; frame = this.reader.next())
        this.handle(frame);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.seen.refused.push(error.message);
      this.socket.end(writeFrameError(this.out, error));
    }
  }

  private handle(frame: Frame): void {
    this.out.version = frame.version;
    try {
      this.socket.write(this.answer(frame));
    } catch (error) {
      if (!(error instanceof CqlError)) throw error;
      this.socket.write(writeError(this.out, frame, error));
    }
  }

  private answer(frame: Frame): Buffer {
    const request = readRequest(frame);
    const { out } = this;
    switch (request.kind) {
      case 'options':
        return writeSupported(out, frame, supported);
      case 'startup':
        return this.start(frame, agreedCompression(frame.version, request.options.get('COMPRESSION')));
      case 'authResponse':
        if (request.token?.toString() !== '\0cassandra\0cassandra')
          throw new CqlError('badCredentials', 'Wrong');
        this.reader.admit();
        return writeAuthSuccess(out, frame, undefined);
      case 'register':
        return writeReady(out, frame);
      case 'prepare': {
        const id = preparedId(undefined, request.query);
        this.prepared.set(id.toString('hex'), request.query);
        return writePrepared(out, frame, { id, markers: echoes, partitionKeyMarkers: [], result: echoes });
      }
      case 'execute': {
        const query = this.prepared.get(request.id.toString('hex'));
        const details = { kind: 'unprepared', id: request.id } as const;
        if (query === undefined) throw new CqlError('unprepared', 'Not prepared', details);
        return this.rows(frame, query, request.parameters);
      }
      case 'query':
        return this.rows(frame, request.query, request.parameters);
      case 'batch':
        throw new CqlError('invalid', 'No batches here');
    }
  }

  private start(frame: Frame, compression: Compression | undefined): Buffer {
    const answer = writeAuthenticate(this.out, frame, 'org.apache.cassandra.auth.PasswordAuthenticator');
    this.seen.started.push(`v${frame.version} ${compression ?? 'plain'}`);
    this.reader.start(frame.version, compression);
    this.out.startFraming(compression);
    return answer;
  }

  private rows(frame: Frame, query: string, parameters: QueryParameters): Buffer {
    const { out } = this;
    if (/^use /i.test(query)) return writeSetKeyspace(out, frame, 'ks');
    if (/peers_v2/.test(query)) throw new CqlError('invalid', 'unconfigured table peers_v2');
    if (/system\.local/.test(query)) {
      const rows = new RowsWriter(out, frame, localMetadata);
      rows.row(local.map(([, , value]) => value));
      return rows.finish();
    }
    const skipsMetadata = parameters.skipsMetadata;
    const isEcho = /echo/.test(query);
    const rows = new RowsWriter(out, frame, isEcho ? echoes : nothing, { skipsMetadata });
    if (!isEcho) return rows.finish();
    // The value over and over, three pages of two rows.
    const value = parameters.values[0];
    const page = Number(parameters.pagingState?.toString() ?? 1);
    for (let i = 0; i < 2; i++) rows.row([typeof value === 'symbol' ? undefined : value]);
    return rows.finish(page < 3 ? Buffer.from(`${page + 1}`) : undefined);
  }
}

export async function openTestServer(): Promise<Seen & { readonly port: number; close(): Promise<void> }> {
  const seen: Seen = { started: [], refused: [] };
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    new Connection(socket, seen);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const close = () => {
    for (const socket of sockets) socket.destroy();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return { ...seen, port: address.port, close };
}
