/** What each request does at the node's side. A handler returns the body of its result; streams send items before. */
import { type Lease, NodeError, nodeLimits } from '../api/index.ts';
import { decodeTransaction, malformed } from '../hypergraph/index.ts';
import * as v1 from './format/v1.ts';
import { frameType } from './frames.ts';
import { remoteLimits } from './limits.ts';
import type { ServerCall, ServerConnection } from './server-connection.ts';

type Handler = (connection: ServerConnection, call: ServerCall, body: Buffer) => Promise<Buffer | undefined>;

/** What a stream's item counts against credit: never nothing, or empty ones could be sent without end. */
export function itemBytes(body: Uint8Array): number {
  return body.length + 16;
}

export const handlers: ReadonlyMap<number, Handler> = new Map<number, Handler>([
  [
    v1.method.stage,
    async ({ ports }, call) => v1.encodeChunk(await ports.stage(call.upload, call.abort.signal)),
  ],
  [v1.method.fetch, fetchChunk],
  [
    v1.method.commit,
    async ({ ports }, _call, body) => v1.encodeResult(await ports.commit(decodeTransaction(body))),
  ],
  [v1.method.commitWithBatch, commitWithBatch],
  [
    v1.method.outcome,
    async ({ ports }, _call, body) => v1.encodeOptional(await ports.outcome(body), v1.encodeResult),
  ],
  [v1.method.read, read],
  [v1.method.position, async ({ ports }) => v1.encodeNumber(await ports.position())],
  [
    v1.method.domain,
    async ({ ports }, _call, body) => v1.encodeOptional(await ports.domain(body), v1.encodeDomainReply),
  ],
  [v1.method.follow, follow],
  [v1.method.scan, scan],
  [v1.method.lease, lease],
  [v1.method.leaseLeft, async (connection, _call, body) => v1.encodeNumber(leftOf(connection, body))],
  [v1.method.leaseRelease, releaseLease],
  [v1.method.leaseAbandon, abandonLease],
  [v1.method.prove, prove],
  [v1.method.job, async ({ ports }, _call, body) => Buffer.from(await ports.job(v1.decodeJob(body)))],
]);

async function commitWithBatch(
  { ports }: ServerConnection,
  _call: ServerCall,
  body: Buffer,
): Promise<Buffer> {
  return v1.encodeBatchResult(await ports.commit(decodeTransaction(body), { withBatch: true }));
}

async function fetchChunk(connection: ServerConnection, call: ServerCall, body: Buffer): Promise<undefined> {
  const { chunk, offset, length } = v1.decodeFetch(body);
  if (offset + length > chunk.length || length > nodeLimits.chunkBytesMax) {
    throw malformed('the range is outside the chunk');
  }
  // Also for nothing, so that an unknown chunk is told.
  for (let done = 0; done < length || done === 0; done += remoteLimits.pieceBytes) {
    const size = Math.min(remoteLimits.pieceBytes, length - done);
    const piece = await connection.ports.fetch(chunk, offset + done, size);
    if (!(await connection.sendItem(call, Buffer.from(piece)))) return;
  }
}

async function read(connection: ServerConnection, call: ServerCall, body: Buffer): Promise<undefined> {
  const { slots, options } = v1.decodeRead(body);
  for (const atom of await connection.ports.read(slots, options)) {
    if (!(await connection.sendItem(call, v1.encodeOptionalAtom(atom)))) return;
  }
}

async function follow(connection: ServerConnection, call: ServerCall, body: Buffer): Promise<undefined> {
  const { log, from } = v1.decodeFollow(body);
  for await (const batch of connection.ports.follow(log, from, call.abort.signal)) {
    if (!(await connection.sendItem(call, v1.encodeApplied(batch)))) return;
  }
}

async function scan(connection: ServerConnection, call: ServerCall, body: Buffer): Promise<undefined> {
  for await (const entry of connection.ports.scan(body)) {
    if (!(await connection.sendItem(call, v1.encodeScanned(entry)))) return;
  }
}

async function lease(connection: ServerConnection, call: ServerCall, body: Buffer): Promise<Buffer> {
  const request = v1.decodeLeaseRequest(body);
  const { signal } = call.abort;
  const held = await connection.ports.lease({ ...request, signal });
  if (signal.aborted) {
    // Nobody waits any more, and nobody was told that it holds.
    await held.release();
    throw new NodeError('aborted', 'waiting for the lease was given up');
  }
  connection.leases.set(call.id, held);
  const lost = (): void => {
    connection.leases.delete(call.id);
    connection.send(frameType.lost, call.id);
  };
  if (held.lost.aborted) lost();
  else held.lost.addEventListener('abort', lost, { once: true });
  return v1.encodeNumber(held.term);
}

function leaseOf(connection: ServerConnection, body: Buffer): Lease | undefined {
  return connection.leases.get(v1.decodeCall(body));
}

/** Whole milliseconds, rounded down; 0 for a lease that was lost. */
function leftOf(connection: ServerConnection, body: Buffer): number {
  return Math.floor(leaseOf(connection, body)?.left() ?? 0);
}

async function releaseLease(
  connection: ServerConnection,
  _call: ServerCall,
  body: Buffer,
): Promise<undefined> {
  await leaseOf(connection, body)?.release();
}

async function abandonLease(
  connection: ServerConnection,
  _call: ServerCall,
  body: Buffer,
): Promise<undefined> {
  leaseOf(connection, body)?.abandon();
}

async function prove({ ports }: ServerConnection, call: ServerCall, body: Buffer): Promise<Buffer> {
  return Buffer.from(await ports.prove(v1.decodeProofRequest(body), call.abort.signal));
}
