/** A node under test with shorthands for what the tests send. */
import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import {
  type Bytes,
  type CommitResult,
  NodeError,
  type NodeErrorCode,
  type NodePorts,
  nodeLimits,
  type Operation,
  Tag,
  type TaggedKey,
  type Transaction,
} from '../index.ts';

export interface PortsUnderTest {
  readonly ports: NodePorts;
  /** Public key with which the node's batches are signed. */
  readonly writerKey: TaggedKey;
  /** Moves the node's clock (and the caller's, where they differ) forward. */
  advance(milliseconds: number): Promise<void>;
  close(): Promise<void>;
}

export class PortsInUse {
  readonly domain: Buffer = randomBytes(32);
  readonly #open: () => Promise<PortsUnderTest>;
  #node: PortsUnderTest | undefined;

  constructor(open: () => Promise<PortsUnderTest>) {
    this.#open = open;
  }

  /** A new node with one open domain. */
  async begin(): Promise<void> {
    this.#node = await this.#open();
    expect((await this.commit([this.create(this.domain)])).outcome.status).toBe('applied');
  }

  async end(): Promise<void> {
    await this.#node?.close();
    this.#node = undefined;
  }

  get #current(): PortsUnderTest {
    if (this.#node === undefined) throw new Error('no node is open');
    return this.#node;
  }

  get ports(): NodePorts {
    return this.#current.ports;
  }

  get writerKey(): TaggedKey {
    return this.#current.writerKey;
  }

  advance(milliseconds: number): Promise<void> {
    return this.#current.advance(milliseconds);
  }

  create(address: Bytes, payload = 'configuration'): Operation {
    const readKey = Buffer.alloc(33, 7);
    readKey[0] = Tag.ristretto255Point;
    const { writerKey } = this;
    const config = { ownerKey: writerKey, writerKeys: [writerKey], readKey, payload: Buffer.from(payload) };
    return { kind: 'create-domain', domain: address, config };
  }

  put(slot: Bytes, payload: string | Bytes, extra: object = {}): Operation {
    const incarnation = Buffer.from(slot.subarray(0, 8));
    const { domain } = this;
    return { kind: 'add-vertex', domain, slot, incarnation, payload: Buffer.from(payload), ...extra };
  }

  async transaction(
    operations: readonly Operation[],
    extra: Partial<Transaction> = {},
  ): Promise<Transaction> {
    const validFrom = (await this.ports.position()) + 1;
    const window = { validFrom, validUntil: validFrom + nodeLimits.transactionWindowDefault };
    return { id: randomBytes(16), ...window, expects: [], operations, ...extra };
  }

  async commit(operations: readonly Operation[], extra?: Partial<Transaction>): Promise<CommitResult> {
    return this.ports.commit(await this.transaction(operations, extra));
  }

  async payloadOf(slot: Bytes): Promise<string | undefined> {
    const [atom] = await this.ports.read([{ domain: this.domain, slot }], { at: 'linearizable' });
    return atom && Buffer.from(atom.payload).toString();
  }
}

export async function fails(work: Promise<unknown>, code: NodeErrorCode): Promise<void> {
  const error = await work.then(
    () => undefined,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(NodeError);
  expect((error as NodeError).code).toBe(code);
}

/** Buffers and plain arrays of bytes alike. */
export function plain(result: CommitResult): unknown {
  return JSON.parse(
    JSON.stringify(result, (_key, value) => {
      const isBytes = value instanceof Uint8Array || value?.type === 'Buffer';
      return isBytes ? Buffer.from(value.data ?? value).toString('hex') : value;
    }),
  );
}
