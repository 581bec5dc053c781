/**
 * A prover without cryptography, for tests of what is built on proofs: its proofs have the form of real ones, and its verifier
 * accepts those that it gave, bit for bit, and no others. It can also give proofs of what is not so.
 */
import { createHash } from 'node:crypto';
import {
  type Bytes,
  type LocalNodePorts,
  NodeError,
  type ProofItem,
  type ProofRequest,
} from '../api/index.ts';
import { curveSizes } from '../crypto/bls48581/curve.ts';
import { FieldWriter, hex, ProofRefused } from '../proving/format/bytes.ts';
import { encodeGenesis, type Genesis, trustRoot } from '../proving/format/v1/genesis.ts';
import { headerHash } from '../proving/format/v1/header.ts';
import {
  decodeProof,
  encodeProof,
  type PortableProof,
  type ProvenShard,
} from '../proving/format/v1/proof.ts';
import { globalPathHashes } from '../proving/format/v1/shard.ts';
import type { VerifiedItem, VerifiedProof, Verifier } from '../verifier/index.ts';

/** As an item of a checked proof, without the place of its shard. */
export type PlainItem = Pick<VerifiedItem, 'domain' | 'slot' | 'kind'> &
  (
    | { readonly state: 'absent' }
    | {
        readonly state: 'present';
        readonly incarnation: Uint8Array;
        readonly revision: number;
        readonly content: Uint8Array;
      }
  );

export interface PlainProverOptions {
  readonly discriminantBits?: number;
  /** Happens to the state while somebody waits for a frame. */
  readonly beforeFrame?: (frame: number) => Promise<void> | void;
  /** Happens when the slots were read at the frame, before the proof is given. */
  readonly afterFrame?: (frame: number) => Promise<void> | void;
}

const zeros = (length: number) => new Uint8Array(length);
const configSlot = new Uint8Array(24).fill(0xff);

export class PlainProver {
  readonly trustRoot: Uint8Array;
  readonly verifier: Verifier;
  /** Of the next frame. */
  timeMs = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
  frame = 0;
  readonly #genesis: Genesis;
  readonly #options: PlainProverOptions;
  readonly #listeners = new Set<(frame: number) => void>();
  readonly #given = new Set<string>();

  constructor(options: PlainProverOptions = {}) {
    this.#options = options;
    this.#genesis = {
      name: 'plain network',
      createdMs: 1,
      seed: zeros(32),
      leafAtomsMax: 262_144,
      discriminantBits: options.discriminantBits ?? 2048,
      srsHash: zeros(32),
      frameKeys: [{ publicKey: zeros(curveSizes.g2), possession: zeros(curveSizes.g1) }],
    };
    this.trustRoot = trustRoot(encodeGenesis(this.#genesis));
    this.verifier = { verify: (proof, root) => this.#verify(proof, root) };
  }

  /** The node with this prover. */
  over(node: LocalNodePorts): LocalNodePorts {
    const prove = (request: ProofRequest, signal?: AbortSignal) => this.#prove(node, request, signal);
    const nextFrame = () => this.frame + 1;
    const onFrame = (listener: (frame: number) => void) => {
      this.#listeners.add(listener);
      return () => this.#listeners.delete(listener);
    };
    return new Proxy(node, {
      get(target, name) {
        if (name === 'prove') return prove;
        if (name === 'nextFrame') return nextFrame;
        if (name === 'onFrame') return onFrame;
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }

  /** The next frame is signed. */
  sign(): void {
    this.frame += 1;
    for (const listener of this.#listeners) listener(this.frame);
  }

  /** A proof of these items, whether they are so or not. */
  give(items: readonly PlainItem[], delay = false): Uint8Array {
    const proof = encodeProof(this.#portable(items, delay));
    this.#given.add(nameOf(proof));
    return proof;
  }

  async #prove(node: LocalNodePorts, request: ProofRequest, signal?: AbortSignal): Promise<Bytes> {
    this.sign();
    await this.#options.beforeFrame?.(this.frame);
    if (signal?.aborted) throw new NodeError('aborted', 'the proof was given up', { cause: signal.reason });
    const items: PlainItem[] = [];
    for (const item of request.items) items.push(await readPlainItem(node, item));
    await this.#options.afterFrame?.(this.frame);
    return this.give(items, request.delay === true);
  }

  #portable(items: readonly PlainItem[], delay: boolean): Omit<PortableProof, 'genesis'> {
    const byName = new Map(items.map(({ domain }) => [hex(domain), domain]));
    const names = [...byName.keys()].sort();
    const shards = names.map(
      (name): ProvenShard => ({
        domain: byName.get(name)!,
        position: 1,
        logHead: zeros(33),
        globalTree: 0,
        globalPath: Array.from({ length: globalPathHashes }, () => zeros(32)),
        roots: [undefined, undefined, undefined, undefined],
      }),
    );
    const header = {
      trustRoot: this.trustRoot,
      number: this.frame,
      timeMs: this.timeMs,
      previous: zeros(32),
      position: 1,
      logHead: zeros(33),
      globalRoot: zeros(32),
      discriminantBits: this.#genesis.discriminantBits,
      iterations: delay ? 1000 : 0,
      delayHash: zeros(32),
    };
    return {
      genesisBytes: encodeGenesis(this.#genesis),
      frame: { header, signers: Uint8Array.of(0x80), signature: zeros(curveSizes.g1) },
      delay: delay ? { hint: 0, output: zeros(516) } : undefined,
      shards,
      items: items.map((item) => ({ ...item, shard: names.indexOf(hex(item.domain)) })),
      treeProof: zeros(8),
    };
  }

  #verify(bytes: Uint8Array, root: Uint8Array): VerifiedProof {
    const { genesis, frame, shards, items } = decodeProof(bytes);
    if (hex(root) !== hex(this.trustRoot)) throw new ProofRefused('the proof is of another network');
    if (!this.#given.has(nameOf(bytes))) throw new ProofRefused('the proof is none that this prover gave');
    const { header } = frame;
    const { number, timeMs, position, iterations, discriminantBits } = header;
    return {
      frame: {
        network: genesis.name,
        number,
        timeMs,
        position,
        hash: headerHash(header),
        discriminantBits,
        delayIterations: iterations === 0 ? undefined : iterations,
        signers: 1,
        keys: 1,
      },
      items: items.map((item) => ({ ...item, domain: shards[item.shard]!.domain })),
    };
  }
}

function nameOf(proof: Uint8Array): string {
  return createHash('sha256').update(proof).digest('hex');
}

/** What a slot holds now. A domain that is not open counts as closed. */
export async function readPlainItem(
  node: LocalNodePorts,
  { domain, slot, kind }: ProofItem,
): Promise<PlainItem> {
  const place = { domain, slot, kind };
  if (Buffer.compare(slot, configSlot) === 0) {
    const config = await node.domain(domain);
    const written = { state: 'present', incarnation: zeros(8), revision: 1 } as const;
    if (config === undefined) return { ...place, ...written, content: Uint8Array.of(0) };
    const out = new FieldWriter().u8(1).bytes(config.ownerKey).u8(config.writerKeys.length);
    for (const key of config.writerKeys) out.bytes(key);
    const content = out.bytes(config.readKey).u32(config.payload.length).bytes(config.payload).done();
    return { ...place, ...written, content };
  }
  const atom = node.readSync({ domain, slot });
  if (atom?.kind !== kind) return { ...place, state: 'absent' };
  const { incarnation, revision, chunks, members, payload } = atom;
  const out = new FieldWriter().u8(chunks.length);
  for (const chunk of chunks) out.bytes(chunk.hash).u32(chunk.length);
  out.u16(members.length);
  for (const member of members) out.bytes(member);
  const content = out.u32(payload.length).bytes(payload).done();
  return { ...place, state: 'present', incarnation: Uint8Array.from(incarnation), revision, content };
}
