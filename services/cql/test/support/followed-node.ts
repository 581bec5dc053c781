/**
 * A node behind a socket as gateways need it: what is applied there is followed and kept here, so that it can be read at once. An answer
 * to `commit` or `position` comes when this copy has got there.
 */
import { randomBytes } from 'node:crypto';
import {
  type AppliedBatch,
  type Atom,
  type Bytes,
  type CommitOptions,
  type CommitResult,
  type LocalNodePorts,
  mainLog,
  type NodePorts,
  type Operation,
  type Position,
  type Revision,
  type SlotKey,
  type Transaction,
} from '@hypergate/node/api';
import { type EmbeddedNode, systemClock } from '@hypergate/node/embedded';
import { connectNode, serveNode } from '@hypergate/node/remote';

/**
 * Serves a node on a socket until `closing` is disposed.
 * @returns opens the same node through the socket
 */
export async function serveFollowed(
  node: EmbeddedNode,
  closing: AsyncDisposableStack,
): Promise<() => Promise<LocalNodePorts>> {
  const modules = { clock: systemClock, random: { bytes: (length: number) => randomBytes(length) } };
  const key = randomBytes(32);
  const server = await serveNode(node, { listen: { host: '127.0.0.1', port: 0 }, key }, modules);
  closing.defer(() => server.close());
  return async () => {
    const ports = await connectNode({ address: server.address, key }, modules);
    closing.defer(() => ports.close());
    const followed = await FollowedNode.open(ports);
    closing.defer(() => followed.close());
    return followed.node;
  };
}

class FollowedNode {
  readonly #ports: NodePorts;
  readonly #atoms = new Map<string, Atom>();
  readonly #domains = new Map<string, Bytes>();
  readonly #listeners = new Set<(batch: AppliedBatch) => void>();
  readonly #stop = new AbortController();
  #position: Position = 0;
  #waiting: { readonly position: Position; readonly resolve: () => void }[] = [];

  private constructor(ports: NodePorts) {
    this.#ports = ports;
  }

  /** @param ports of a node whose log is whole */
  static async open(ports: NodePorts): Promise<{ readonly node: LocalNodePorts; close(): void }> {
    const followed = new FollowedNode(ports);
    void followed.#follow();
    await followed.#arrive(await ports.position());
    return { node: followed.#local(), close: () => followed.#stop.abort() };
  }

  #local(): LocalNodePorts {
    const ports = this.#ports;
    return {
      stage: (source, signal) => ports.stage(source, signal),
      fetch: (chunk, offset, length) => ports.fetch(chunk, offset, length),
      commit: (transaction, options) => this.#commit(transaction, options),
      outcome: (id) => ports.outcome(id),
      read: (slots, options) => ports.read(slots, options),
      position: async () => {
        const position = await ports.position();
        await this.#arrive(position);
        return position;
      },
      domain: (address) => ports.domain(address),
      follow: (log, from, signal) => ports.follow(log, from, signal),
      scan: (domain) => ports.scan(domain),
      lease: (options) => ports.lease(options),
      prove: (request, signal) => ports.prove(request, signal),
      job: (request) => ports.job(request),
      readSync: (key) => this.#atoms.get(nameOf(key)),
      onApplied: (listener) => {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
      },
      retainFrom: () => undefined,
      domains: () => this.#allDomains(),
    };
  }

  async *#allDomains(): AsyncGenerator<Bytes> {
    yield* [...this.#domains.values()];
  }

  async #commit(transaction: Transaction, options?: CommitOptions): Promise<CommitResult> {
    const result = await this.#ports.commit(transaction, options);
    await this.#arrive(result.position);
    return result;
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stop;
    try {
      for await (const batch of this.#ports.follow(mainLog, 1, signal)) this.#applied(batch);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  #applied(batch: AppliedBatch): void {
    for (const { outcome, operations } of batch.transactions) {
      if (outcome.status !== 'applied') continue;
      for (const operation of operations) this.#apply(operation, outcome.revision);
    }
    this.#position = batch.position;
    for (const listener of this.#listeners) listener(batch);
    const there = this.#waiting.filter(({ position }) => position <= batch.position);
    this.#waiting = this.#waiting.filter(({ position }) => position > batch.position);
    for (const { resolve } of there) resolve();
  }

  #apply(operation: Operation, revision: Revision): void {
    switch (operation.kind) {
      case 'add-vertex':
        this.#atoms.set(nameOf(operation), {
          kind: 'vertex',
          incarnation: operation.incarnation,
          revision,
          payload: operation.payload,
          chunks: operation.chunks ?? [],
          members: [],
        });
        break;
      case 'remove-vertex':
        this.#atoms.delete(nameOf(operation));
        break;
      case 'create-domain':
        this.#domains.set(Buffer.from(operation.domain).toString('hex'), operation.domain);
        break;
      default:
    }
  }

  #arrive(position: Position): Promise<void> | undefined {
    if (position <= this.#position) return undefined;
    return new Promise((resolve) => this.#waiting.push({ position, resolve }));
  }
}

function nameOf({ domain, slot }: SlotKey): string {
  return `${Buffer.from(domain).toString('hex')} ${Buffer.from(slot).toString('hex')}`;
}
