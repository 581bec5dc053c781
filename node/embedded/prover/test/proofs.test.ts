/** Frames and proofs of a node over real trees, checked by the verifier that clients use. */
import { beforeAll, describe, expect, it } from 'vitest';
import { nodeLimits, type Operation } from '../../../api/index.ts';
import { SimDisk, seededRandom } from '../../../sim/index.ts';
import { createVerifier, type Verifier } from '../../../verifier/index.ts';
import { type EmbeddedNode, MemoryState, openMemoryNode, systemClock } from '../../index.ts';
import { commit, createDomain, distinct, domain, put, remove, until } from '../../test/support.ts';
import { LocalEngine, type testEngine } from './local-engine.ts';

let verifier: Verifier;
beforeAll(async () => {
  verifier = await createVerifier();
});

class Bench {
  readonly state: MemoryState;
  readonly disk: SimDisk;
  #node: EmbeddedNode | undefined;
  engine: LocalEngine | undefined;

  constructor(state = new MemoryState(), disk = new SimDisk(seededRandom(1))) {
    this.state = state;
    this.disk = disk;
  }

  async open(options: Partial<typeof testEngine> = {}): Promise<this> {
    this.engine = new LocalEngine(this.disk, options);
    const engine = this.engine;
    const { node } = await openMemoryNode({
      state: this.state,
      clock: systemClock,
      proving: { open: () => engine, intervalMs: 20, nowMs: () => Date.now() },
    });
    this.#node = node;
    return this;
  }

  get node(): EmbeddedNode {
    return this.#node as EmbeddedNode;
  }

  get trustRoot(): Uint8Array {
    return this.node.proofStatus()?.trustRoot as Uint8Array;
  }

  async begin(): Promise<void> {
    const { writerKey } = await openMemoryNode();
    await this.apply([createDomain(writerKey.publicKey)]);
  }

  async apply(operations: readonly Operation[]): Promise<void> {
    const validFrom = await this.node.position();
    const { outcome } = await commit(this.node, operations, { validFrom, validUntil: validFrom + 1000 });
    expect(outcome.status).toBe('applied');
  }

  prove(slots: readonly Uint8Array[], delay = false): Promise<Uint8Array> {
    return this.node.prove({
      items: slots.map((slot) => ({ domain, slot, kind: 'vertex' as const })),
      delay,
    });
  }
}

const configSlot = Buffer.alloc(24, 0xff);

describe('proofs', () => {
  it('show what is there, what is not, and the configuration, at one frame', async () => {
    const bench = await new Bench().open();
    await bench.begin();
    const slots = Array.from({ length: 40 }, () => distinct(24));
    await bench.apply(slots.map((slot, index) => put(slot, `value ${index}`)));
    await bench.apply([remove(slots[3] as Buffer)]);
    await bench.apply([put(slots[4] as Buffer, 'overwritten')]);
    const nowhere = distinct(24);
    const asked = [slots[0], slots[3], slots[4], nowhere, configSlot] as Uint8Array[];
    const promised = bench.node.nextFrame?.() as number;
    const proof = await bench.prove(asked, true);
    const { frame, items } = verifier.verify(proof, bench.trustRoot);
    expect(items.map(({ state }) => state)).toEqual(['present', 'absent', 'present', 'absent', 'present']);
    expect(frame.number).toBeGreaterThanOrEqual(promised);
    expect(frame.network).toBe('test network');
    expect(frame.position).toBe(await bench.node.position());
    expect(frame.delayIterations).toBeGreaterThan(0);
    const overwritten = items[2] as (typeof items)[number] & { content: Uint8Array };
    expect(Buffer.from(overwritten.content).toString('latin1')).toContain('overwritten');
    await bench.node.close();
  });

  it('are refused when any bit of them is another, or the trust root is', async () => {
    const bench = await new Bench().open();
    await bench.begin();
    const slots = Array.from({ length: 12 }, () => distinct(24));
    await bench.apply(slots.map((slot, index) => put(slot, `value ${index}`)));
    const proof = await bench.prove([slots[0] as Buffer, distinct(24)], true);
    const { trustRoot } = bench;
    verifier.verify(proof, trustRoot);
    const random = seededRandom(7);
    // Every byte of what is small and cheap to check; of the rest some, each with a random bit.
    const positions = proof.length;
    let refused = 0;
    const step = process.env.HYPERGATE_SOAK === '1' ? 1 : 13;
    for (let at = random.below(step); at < positions; at += step) {
      const forged = Uint8Array.from(proof);
      forged[at] = (forged[at] as number) ^ (1 << random.below(8));
      expect(() => verifier.verify(forged, trustRoot), `bit of byte ${at}`).toThrow(/./);
      refused++;
    }
    expect(refused).toBeGreaterThan(100);
    const other = Uint8Array.from(trustRoot);
    other[31] = (other[31] as number) ^ 1;
    expect(() => verifier.verify(proof, other)).toThrow(/another network/);
    for (const cut of [0, 1, 10, 700, proof.length - 1]) {
      expect(() => verifier.verify(proof.subarray(0, cut), trustRoot)).toThrow(/./);
    }
    expect(() => verifier.verify(Buffer.concat([proof, Buffer.of(0)]), trustRoot)).toThrow(/./);
    await bench.node.close();
  });

  it('wait for the frame that shows the last write, also while others write', async () => {
    const bench = await new Bench().open();
    await bench.begin();
    const slot = distinct(24);
    await bench.apply([put(slot, 'first')]);
    let writing = true;
    const noise = (async () => {
      while (writing) await bench.apply([put(distinct(24), 'noise'), put(slot, `hot ${Math.random()}`)]);
    })();
    for (let round = 0; round < 5; round++) {
      const position = await bench.node.position();
      const { frame } = verifier.verify(await bench.prove([slot]), bench.trustRoot);
      expect(frame.position).toBeGreaterThanOrEqual(position);
    }
    writing = false;
    await noise;
    await bench.node.close();
  });

  it('go on after a restart, with the same trust root, the next numbers and the chain of headers', async () => {
    const bench = await new Bench().open();
    await bench.begin();
    const slot = distinct(24);
    await bench.apply([put(slot, 'kept')]);
    const before = verifier.verify(await bench.prove([slot]), bench.trustRoot).frame;
    const { trustRoot } = bench;
    await bench.node.close();
    const again = await new Bench(bench.state, bench.disk).open();
    const later = distinct(24);
    await again.apply([put(later, 'later')]);
    const after = verifier.verify(await again.prove([slot, later]), trustRoot).frame;
    expect(after.number).toBeGreaterThan(before.number);
    await again.node.close();
  });

  it('come from the state when the trees are damaged or gone, and no number is signed twice', async () => {
    const bench = await new Bench().open();
    await bench.begin();
    const slots = Array.from({ length: 30 }, () => distinct(24));
    await bench.apply(slots.map((slot) => put(slot, 'value')));
    const before = verifier.verify(await bench.prove([slots[5] as Buffer]), bench.trustRoot).frame;
    await bench.node.close();
    const trees = await bench.disk.open('proofs/trees', 'create');
    await trees.write(0, [Buffer.alloc(16_384, 0xaa)]);
    await trees.close();
    const again = await new Bench(bench.state, bench.disk).open();
    await until(() => again.node.proofStatus()?.state === 'running');
    const after = verifier.verify(
      await again.prove([slots[5] as Buffer, distinct(24)]),
      again.trustRoot,
    ).frame;
    expect(again.engine?.warnings).toHaveLength(1);
    expect(after.number).toBeGreaterThan(before.number);
    await again.node.close();
  });

  it('hold as many items as the ports allow, whatever they hold', async () => {
    const bench = await new Bench().open({ leafAtomsMax: 64 });
    await bench.begin();
    const slots = Array.from({ length: nodeLimits.proofItemsMax }, () => distinct(24));
    const half = slots.slice(0, slots.length / 2);
    await bench.apply(half.map((slot, index) => put(slot, `value ${index}`)));
    const proof = await bench.prove(slots);
    const { items } = verifier.verify(proof, bench.trustRoot);
    expect(items.filter(({ state }) => state === 'present')).toHaveLength(half.length);
    expect(proof.length).toBeLessThan(nodeLimits.proofBytesMax);
    await bench.node.close();
  });

  it('come when there is space again; until then the node goes on', async () => {
    const bench = await new Bench().open();
    await bench.begin();
    const slot = distinct(24);
    await bench.apply([put(slot, 'seen')]);
    await bench.prove([slot]);
    // Not a sector more than now.
    bench.disk.bytesMax = 0;
    const slots = Array.from({ length: 300 }, () => distinct(24));
    await bench.apply(slots.map((one) => put(one, 'unseen')));
    const asked = bench.prove([slots[0] as Buffer, slots[299] as Buffer]);
    const before = bench.node.proofStatus()?.last?.number as number;
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setTimeout(resolve, 5));
    await bench.apply([put(slots[299] as Buffer, 'again')]);
    expect(bench.node.proofStatus()?.state).toBe('running');
    expect(bench.node.proofStatus()?.last?.number).toBeLessThanOrEqual(before + 1);
    bench.disk.bytesMax = Number.POSITIVE_INFINITY;
    const { items } = verifier.verify(await asked, bench.trustRoot);
    expect(items.map(({ state }) => state)).toEqual(['present', 'present']);
    await bench.node.close();
  });

  it('show nothing of what a reset took', async () => {
    const bench = await new Bench().open();
    await bench.begin();
    const slot = distinct(24);
    await bench.apply([put(slot, 'gone')]);
    await bench.prove([slot]);
    await bench.node.reset();
    await expect(bench.prove([slot])).rejects.toThrow(/never was/);
    await bench.begin();
    const { items } = verifier.verify(await bench.prove([slot, configSlot]), bench.trustRoot);
    expect(items.map(({ state }) => state)).toEqual(['absent', 'present']);
    await bench.node.close();
  });
});
