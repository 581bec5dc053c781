/** Files of the prover that were damaged, lost or swapped, under a node whose state is whole. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Operation } from '../../../api/index.ts';
import { SimDisk, seededRandom } from '../../../sim/index.ts';
import { createVerifier, type VerifiedFrame, type Verifier } from '../../../verifier/index.ts';
import { type EmbeddedNode, MemoryState, memoryModules, openMemoryNode, systemClock } from '../../index.ts';
import { commit, createDomain, distinct, domain, put, remove } from '../../test/support.ts';
import { LocalEngine } from './local-engine.ts';

const folder = 'proofs';
const { writerKey } = memoryModules(new MemoryState());

let verifier: Verifier;
beforeAll(async () => {
  verifier = await createVerifier();
});

/** A node with records in its state, and a prover over files that tests lay hands on. */
class World {
  readonly state = new MemoryState();
  readonly slots = Array.from({ length: 80 }, () => distinct(24));
  readonly logged: string[] = [];
  readonly disk = new SimDisk(seededRandom(1));
  readonly #frameMaterial: Uint8Array;
  engine: LocalEngine | undefined;
  #node: EmbeddedNode | undefined;

  constructor(frameMaterial = Buffer.alloc(64, 7)) {
    this.#frameMaterial = frameMaterial;
  }

  async open(): Promise<this> {
    const { node } = await openMemoryNode({
      state: this.state,
      writerKey,
      clock: systemClock,
      logger: {
        info: () => undefined,
        warn: () => undefined,
        error: (_fields, message) => this.logged.push(message),
      },
      proving: {
        open: () => {
          this.engine = new LocalEngine(
            this.disk,
            { delayShare: 0, leafAtomsMax: 16 },
            { frameMaterial: this.#frameMaterial },
          );
          return this.engine;
        },
        intervalMs: 20,
        nowMs: () => Date.now(),
      },
    });
    this.#node = node;
    return this;
  }

  get node(): EmbeddedNode {
    return this.#node as EmbeddedNode;
  }

  get trustRoot(): string {
    return Buffer.from(this.node.proofStatus()?.trustRoot as Uint8Array).toString('hex');
  }

  async filled(): Promise<this> {
    await this.open();
    await this.apply([createDomain(writerKey.publicKey)]);
    await this.apply(this.slots.map((slot, index) => put(slot, `value ${index}`)));
    await this.apply(this.slots.slice(0, 20).map((slot) => remove(slot)));
    return this;
  }

  async apply(operations: readonly Operation[]): Promise<void> {
    const validFrom = await this.node.position();
    const { outcome } = await commit(this.node, operations, { validFrom, validUntil: validFrom + 1000 });
    expect(outcome.status).toBe('applied');
  }

  /** Of every fourth slot, checked against the node's own state. */
  async proven(): Promise<VerifiedFrame> {
    const slots = this.slots.filter((_slot, index) => index % 4 === 0);
    const items = slots.map((slot) => ({ domain, slot, kind: 'vertex' as const }));
    const proof = await this.node.prove({ items });
    const verified = verifier.verify(proof, Buffer.from(this.trustRoot, 'hex'));
    for (const [index, item] of verified.items.entries()) {
      const live = this.node.readSync({ domain, slot: slots[index] as Buffer });
      expect(item.state, `slot ${index}`).toBe(live === undefined ? 'absent' : 'present');
      if (item.state === 'present') expect(item.revision).toBe(live?.revision);
    }
    return verified.frame;
  }

  async bytes(name: string): Promise<Buffer> {
    const file = await this.disk.open(`${folder}/${name}`, 'read');
    return Buffer.from(await file.read(0, await file.size()));
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    const file = await this.disk.open(`${folder}/${name}`, 'create');
    await file.write(0, [Buffer.from(bytes)]);
    await file.truncate(bytes.length);
    await file.close();
  }

  async frames(): Promise<string[]> {
    return await this.disk.list(`${folder}/frames`);
  }

  async lose(...names: string[]): Promise<void> {
    for (const name of names) await this.disk.remove(`${folder}/${name}`);
  }
}

const soak = process.env.HYPERGATE_SOAK === '1';
const firstSeed = Number(process.env.HYPERGATE_SEED ?? 1);

describe('damaged trees', () => {
  it(
    'are made again from the state, whichever byte is another, while the node runs or between',
    async () => {
      const world = await new World().filled();
      let last = (await world.proven()).number;
      let healed = 0;
      for (let seed = firstSeed; seed < firstSeed + (soak ? 400 : 25); seed += 1) {
        const random = seededRandom(seed);
        const isRunning = random.chance(0.5);
        if (!isRunning) await world.node.close();
        const { length } = await world.bytes('trees');
        for (let flips = 1 + random.below(6); flips > 0; flips -= 1)
          world.disk.flip(`${folder}/trees`, random.below(length), random.below(8));
        const warnings = world.engine?.warnings.length ?? 0;
        if (!isRunning) await world.open();
        for (let writes = 0; writes < 3; writes += 1)
          await world.apply([put(random.pick(world.slots.slice(20)), `seed ${seed}`)]);
        const { number } = await world.proven();
        expect(number, `HYPERGATE_SEED=${seed}`).toBeGreaterThanOrEqual(last);
        expect(world.node.proofStatus()?.state).toBe('running');
        last = number;
        if (!isRunning && (world.engine?.warnings.length ?? 0) > 0) healed += 1;
        else if (isRunning && (world.engine?.warnings.length ?? 0) > warnings) healed += 1;
      }
      healed += world.logged.filter((message) => message.includes('built again')).length;
      expect(healed).toBeGreaterThan(3);
      await world.node.close();
    },
    soak ? 3_600_000 : 60_000,
  );

  it('are made again when the file is shorter, empty, gone, or another one', async () => {
    const world = await new World().filled();
    const early = await world.bytes('trees');
    const { number: first } = await world.proven();
    let last = first;
    const { trustRoot } = world;
    const whole = (await world.bytes('trees')).length;
    const other = await new World(Buffer.alloc(64, 8)).filled();
    await other.proven();
    await other.node.close();
    const theirs = await other.bytes('trees');
    const damages: (() => Promise<void>)[] = [
      ...[0, 1, 4096, 9000, whole >> 1, whole - 1].map(
        (length) => async () => world.put('trees', (await world.bytes('trees')).subarray(0, length)),
      ),
      () => world.lose('trees'),
      () => world.put('trees', early),
      () => world.put('trees', theirs),
    ];
    for (const damage of damages) {
      await world.node.close();
      await damage();
      await world.open();
      expect(world.trustRoot).toBe(trustRoot);
      const { number } = await world.proven();
      expect(number).toBeGreaterThan(last);
      last = number;
    }
    await world.node.close();
  });
});

describe('lost frames', () => {
  it('leave their numbers: none is used for another frame', async () => {
    const world = await new World().filled();
    let last = (await world.proven()).number;
    const damages: (() => Promise<void>)[] = [
      // The newest files are damaged, and the trees are gone.
      async () => {
        const names = await world.frames();
        for (const name of names.slice(-3)) await world.put(`frames/${name}`, Buffer.from('damaged'));
        await world.lose('trees');
      },
      // The newest file is that of an older frame, or of a forged one.
      async () => {
        const names = await world.frames();
        const older = await world.bytes(`frames/${names.at(-2)}`);
        await world.put(`frames/${names.at(-1)}`, older);
        await world.lose('trees');
      },
      async () => {
        const names = await world.frames();
        const forged = await world.bytes(`frames/${names.at(-1)}`);
        // The first byte of its time: years ahead.
        forged[1 + 32 + 8 + 2] = 0xff;
        await world.put(`frames/${names.at(-1)}`, forged);
        await world.lose('trees');
      },
      // Everything but the genesis document.
      async () => world.lose('trees', ...(await world.frames()).map((name) => `frames/${name}`)),
    ];
    for (const damage of damages) {
      await world.node.close();
      await damage();
      await world.open();
      const { number, timeMs } = await world.proven();
      expect(number).toBeGreaterThan(last);
      expect(timeMs).toBeLessThanOrEqual(Date.now());
      last = number;
    }
    await world.node.close();
  });
});

describe('a genesis document', () => {
  it('that is gone makes a new network, which says so and proves the same state', async () => {
    const world = await new World().filled();
    const before = await world.node.prove({
      items: [{ domain, slot: world.slots[0] as Buffer, kind: 'vertex' }],
    });
    const { trustRoot } = world;
    await world.node.close();
    await world.lose('genesis');
    await world.open();
    expect(world.trustRoot).not.toBe(trustRoot);
    expect(world.engine?.warnings).toEqual([expect.stringMatching(/a new network begins/)]);
    await world.proven();
    const later = await world.node.prove({
      items: [{ domain, slot: world.slots[0] as Buffer, kind: 'vertex' }],
    });
    expect(() => verifier.verify(later, Buffer.from(trustRoot, 'hex'))).toThrow(/another network/);
    expect(() => verifier.verify(before, Buffer.from(world.trustRoot, 'hex'))).toThrow(/another network/);
    verifier.verify(before, Buffer.from(trustRoot, 'hex'));
    await world.node.close();
  });

  it('that is damaged, or of another gateway, keeps the node from starting', async () => {
    const world = await new World().filled();
    await world.proven();
    const { trustRoot } = world;
    await world.node.close();
    const genesis = await world.bytes('genesis');
    const refused = async (bytes: Uint8Array, what: string): Promise<void> => {
      await world.put('genesis', bytes);
      const error = await world.open().then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error, what).toMatchObject({
        code: 'corrupt',
        message: expect.stringContaining('genesis document'),
      });
    };
    for (let at = 0; at < genesis.length; at += 1 + (at % 17)) {
      const damaged = Buffer.from(genesis);
      damaged[at] = (damaged[at] as number) ^ (1 << (at & 7));
      await refused(damaged, `byte ${at}`);
    }
    for (const length of [0, 1, genesis.length - 1])
      await refused(genesis.subarray(0, length), `${length} bytes`);
    for (const material of [Buffer.alloc(64, 8), Buffer.alloc(64, 7)]) {
      const other = await new World(material).open();
      await other.node.close();
      await refused(await other.bytes('genesis'), 'that of another gateway');
    }
    await world.put('genesis', genesis);
    await world.open();
    expect(world.trustRoot).toBe(trustRoot);
    await world.proven();
    await world.node.close();
  });
});
