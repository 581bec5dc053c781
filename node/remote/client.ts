/** `connectNode`: the ports of a node in another process. */
import { createConnection } from 'node:net';
import type { Duplex } from 'node:stream';
import type {
  AppliedBatch,
  Atom,
  Bytes,
  ChunkRef,
  CommitOptions,
  CommitResult,
  DomainAddress,
  JobRequest,
  Lease,
  LeaseOptions,
  NodePorts,
  Position,
  ProofRequest,
  ReadOptions,
  Slot,
  SlotKey,
  Transaction,
  TransactionId,
} from '../api/index.ts';
import { encodeTransaction, malformed, sizes } from '../hypergraph/index.ts';
import { ClientConnection, shakeHands } from './client-connection.ts';
import * as v1 from './format/v1.ts';
import { checkKey } from './handshake.ts';
import { acquireRemoteLease } from './remote-lease.ts';
import type { NodeAddress, RemoteModules } from './server.ts';

export interface RemoteNode extends NodePorts {
  /** Resolves when the connection is over. Calls under way fail with `closed`; leases are lost. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

/** @throws NodeError `closed` when the peer does not hold the key; what the socket throws */
export async function connectNode(
  options: { readonly address: NodeAddress; readonly key: Uint8Array },
  modules: RemoteModules,
): Promise<RemoteNode> {
  checkKey(options.key);
  const socket = createConnection(options.address).setNoDelay(true);
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  return connectOver(socket, options.key, modules);
}

/** The same over any stream that is already connected. */
export async function connectOver(
  socket: Duplex,
  key: Uint8Array,
  modules: RemoteModules,
): Promise<RemoteNode> {
  const connection = new ClientConnection(socket);
  const stopTimer = modules.clock.timer(connection.handshakeTimeoutMs, () => socket.destroy());
  try {
    await shakeHands(connection, key, modules);
  } catch (error) {
    await connection.close();
    throw error;
  } finally {
    stopTimer();
  }
  return new RemoteNodeOver(connection, modules);
}

class RemoteNodeOver implements RemoteNode {
  readonly #connection: ClientConnection;
  readonly #modules: RemoteModules;

  constructor(connection: ClientConnection, modules: RemoteModules) {
    this.#connection = connection;
    this.#modules = modules;
  }

  get ended(): Promise<void> {
    return this.#connection.ended;
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  async stage(source: Bytes | AsyncIterable<Bytes>, signal?: AbortSignal): Promise<ChunkRef> {
    return v1.decodeChunk(await this.#connection.upload(v1.method.stage, source, signal));
  }

  async fetch(chunk: ChunkRef, offset: number, length: number): Promise<Bytes> {
    const whole = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0;
    if (!whole || offset + length > chunk.length) throw malformed('the range is outside the chunk');
    const pieces: Buffer[] = [];
    const request = v1.encodeFetch({ chunk, offset, length });
    for await (const piece of this.#connection.stream(v1.method.fetch, request)) pieces.push(piece);
    return Buffer.concat(pieces, length);
  }

  async commit(transaction: Transaction, options?: CommitOptions): Promise<CommitResult> {
    if (options?.withBatch === true) {
      const body = await this.#connection.call(v1.method.commitWithBatch, encodeTransaction(transaction));
      return v1.decodeBatchResult(body);
    }
    return v1.decodeResult(await this.#connection.call(v1.method.commit, encodeTransaction(transaction)));
  }

  async outcome(id: TransactionId): Promise<CommitResult | undefined> {
    if (id.length !== sizes.id) throw malformed('a transaction id has 16 bytes');
    return v1.decodeOptional(await this.#connection.call(v1.method.outcome, id), v1.decodeResult);
  }

  async read(slots: readonly SlotKey[], options: ReadOptions): Promise<(Atom | undefined)[]> {
    const atoms: (Atom | undefined)[] = [];
    const request = v1.encodeRead(slots, options);
    for await (const item of this.#connection.stream(v1.method.read, request))
      atoms.push(v1.decodeOptionalAtom(item));
    return atoms;
  }

  async position(): Promise<Position> {
    return v1.decodeNumber(await this.#connection.call(v1.method.position));
  }

  async domain(address: DomainAddress): Promise<v1.DomainReply | undefined> {
    if (address.length !== sizes.domain) throw malformed('an app address has 32 bytes');
    return v1.decodeOptional(await this.#connection.call(v1.method.domain, address), v1.decodeDomainReply);
  }

  async *follow(log: Bytes, from: Position, signal: AbortSignal): AsyncGenerator<AppliedBatch> {
    const request = v1.encodeFollow(log, from);
    for await (const item of this.#connection.stream(v1.method.follow, request, signal))
      yield v1.decodeApplied(item);
  }

  async *scan(domain: DomainAddress): AsyncGenerator<{ readonly slot: Slot; readonly atom: Atom }> {
    if (domain.length !== sizes.domain) throw malformed('an app address has 32 bytes');
    for await (const item of this.#connection.stream(v1.method.scan, domain)) yield v1.decodeScanned(item);
  }

  lease(options: LeaseOptions): Promise<Lease> {
    return acquireRemoteLease(options, this.#connection, this.#modules.clock);
  }

  async prove(request: ProofRequest, signal?: AbortSignal): Promise<Bytes> {
    const body = v1.encodeProofRequest(request);
    return (await this.#connection.callWithId(v1.method.prove, body, signal)).body;
  }

  async job({ kind, payload }: JobRequest): Promise<Bytes> {
    return this.#connection.call(v1.method.job, v1.encodeJob(kind, payload));
  }
}
