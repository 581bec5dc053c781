import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Operation, Outcome, Transaction } from '../../api/index.ts';
import { nodeLimits } from '../../api/index.ts';
import { decodeDomain, domainKey, type PhaseSet, phaseSet, sha256 } from '../index.ts';
import { Model } from './model.ts';
import { Replica } from './replica.ts';
import { chunks, config, type Draft, domains, draft, fresh, slots, writers } from './universe.ts';

const numRuns = process.env.HYPERGATE_SOAK === '1' ? 3000 : 250;
const windowMax = nodeLimits.transactionWindowMax;

/** All three domains open, writers 0 and 1 allowed in the first two. */
function opening(): Transaction[] {
  return [
    fresh([{ kind: 'create-domain', domain: domains[0] as Buffer, config: config(0, [0, 1]) }]),
    fresh([{ kind: 'create-domain', domain: domains[1] as Buffer, config: config(0, [0, 1]) }]),
  ];
}

function send(plan: Draft, index: number, replica: Replica, sent: readonly Transaction[]): Transaction {
  const repeated = plan.repeats === undefined ? undefined : sent[sent.length - 1 - plan.repeats];
  if (repeated !== undefined) return repeated;
  const position = replica.position + 1;
  const windows = {
    now: [position, position + 1000],
    past: [Math.max(0, position - 10), position - 1],
    future: [position + 1, position + 5],
    long: [position, position + windowMax + 1],
    reversed: [position + 1, position],
  } as const;
  const [validFrom, validUntil] = windows[plan.window];
  const expects = plan.expects.map(({ domain, slot, as }) => {
    const now = replica.atom(domain, slot)?.revision ?? 0;
    return { domain, slot, revision: as === 'now' ? now : as === 'absent' ? 0 : 4095 };
  });
  const id = sha256(Buffer.from(`${index} of ${position}`)).subarray(0, 16);
  const head = { id, validFrom, validUntil, expects, operations: plan.operations };
  return plan.fence === undefined ? head : { ...head, fence: plan.fence };
}

function compare(model: Model, replica: Replica): void {
  for (const domain of domains) {
    const stored = replica.get(domainKey(domain));
    const open = stored !== undefined && decodeDomain(stored).state === 'open';
    expect(open).toBe(model.domains.get(domain.toString('hex'))?.open ?? false);
    for (const slot of slots) {
      const atom = replica.atom(domain, slot);
      const plain = atom && {
        kind: atom.kind,
        incarnation: Buffer.from(atom.incarnation).toString('hex'),
        revision: atom.revision,
        payload: Buffer.from(atom.payload).toString('hex'),
        chunks: atom.chunks.map(({ hash, length }) => ({ hash: Buffer.from(hash).toString('hex'), length })),
        members: atom.members.map((member) => Buffer.from(member).toString('hex')),
      };
      expect(plain).toEqual(model.atom(domain, slot));
    }
    if (!open) continue;
    const { removals, ...usage } = replica.usage(domain) as NonNullable<ReturnType<Replica['usage']>>;
    expect(usage).toEqual(model.usage(domain));
    expect(removals).toBe(model.domains.get(domain.toString('hex'))?.removed.size);
  }
  expect(replica.references()).toEqual(model.references());
}

/** Applies batches to both and compares each outcome; chunk news must add up to what is held. */
function drive(batches: readonly (readonly Draft[])[], pause: number): { model: Model; replica: Replica } {
  const model = new Model();
  const replica = new Replica();
  const sent: Transaction[] = [];
  const held = new Set<string>();
  const both = (writer: Uint8Array, transactions: readonly Transaction[]): void => {
    const effects = replica.apply(writer, transactions);
    const expected = model.apply(replica.position, writer, transactions);
    expect(effects.results.map(({ position, outcome }) => ({ position, outcome }))).toEqual(expected);
    const removed = effects.record.removed.map((id) => Buffer.from(id).toString('hex')).sort();
    expect(removed).toEqual(model.removedAt(replica.position));
    for (const { hash } of effects.named) held.add(Buffer.from(hash).toString('hex'));
    for (const { hash } of effects.dropped) expect(held.delete(Buffer.from(hash).toString('hex'))).toBe(true);
    expect([...held].sort()).toEqual([...model.references().keys()].sort());
  };
  both(writers[0] as Buffer, opening());
  batches.forEach((batch, batchIndex) => {
    const transactions: Transaction[] = [];
    for (const [index, plan] of batch.entries()) {
      const transaction = send(plan, index, replica, [...sent, ...transactions]);
      transactions.push(transaction);
    }
    sent.push(...transactions);
    both(writers[batch[0]?.writer ?? 0] as Buffer, transactions);
    if (batchIndex === batches.length >> 1) {
      for (let step = 0; step < pause; step++) both(writers[2] as Buffer, [fresh([], replica.position + 1)]);
    }
  });
  compare(model, replica);
  return { model, replica };
}

const batchesOf = (max: number) =>
  fc.array(fc.array(draft, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: max, size: 'max' });

describe('the state machine against a plain model', () => {
  it('gives every random transaction the outcome that the rules give it', () => {
    fc.assert(
      fc.property(batchesOf(40), (batches) => {
        drive(batches, 0);
      }),
      { numRuns },
    );
  });

  it('forgets ids and removed atoms together, exactly one window later', () => {
    fc.assert(
      fc.property(
        batchesOf(20),
        fc.constantFrom(windowMax - 2, windowMax, windowMax + 3),
        (batches, pause) => {
          drive(batches, pause);
        },
      ),
      { numRuns: Math.ceil(numRuns / 50) },
    );
  });

  it('leaves two replicas of one log byte-identical', () => {
    fc.assert(
      fc.property(batchesOf(25), (batches) => {
        const { replica } = drive(batches, 0);
        const second = new Replica();
        for (const { writer, body } of replica.log) second.applyBody(writer, Buffer.from(body));
        expect(second.contents()).toBe(replica.contents());
      }),
      { numRuns: Math.ceil(numRuns / 2) },
    );
  });

  it('gives the same outcomes however transactions without revisions are cut into batches', () => {
    const plain = draft.map((plan) => ({
      ...plan,
      writer: 0,
      window: 'now' as const,
      repeats: undefined,
      expects: plan.expects.filter(({ as }) => as === 'absent'),
    }));
    fc.assert(
      fc.property(
        fc.array(plain, { minLength: 1, maxLength: 20 }),
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 }),
        (plans, cuts) => {
          const kinds = (sizes: readonly number[]): unknown[] => {
            const replica = new Replica();
            replica.apply(writers[0] as Buffer, opening());
            const transactions = plans.map((plan, index) => ({
              ...send(plan, index, replica, []),
              validFrom: 1,
              validUntil: 1000,
            }));
            const outcomes: Outcome[] = [];
            for (let from = 0, turn = 0; from < transactions.length; turn++) {
              const size = sizes[turn % sizes.length] as number;
              const { results } = replica.apply(writers[0] as Buffer, transactions.slice(from, from + size));
              outcomes.push(...results.map(({ outcome }) => outcome));
              from += size;
            }
            return outcomes.map((outcome) => (outcome.status === 'applied' ? 'applied' : outcome));
          };
          expect(kinds(cuts)).toEqual(kinds([plans.length]));
        },
      ),
      { numRuns },
    );
  });

  it('lists the phase sets so that adds without removes are the live atoms', async () => {
    await fc.assert(
      fc.asyncProperty(batchesOf(25), async (batches) => {
        const { model, replica } = drive(batches, 0);
        for (const domain of domains) {
          const ids = async (set: PhaseSet): Promise<string[]> => {
            const found: string[] = [];
            for await (const { id, revision, dataHash } of phaseSet(
              (range) => replica.entries(range),
              domain,
              set,
            )) {
              expect(id.length).toBe(64);
              expect(dataHash.length).toBe(33);
              expect(revision).toBeGreaterThanOrEqual(4096);
              found.push(Buffer.from(id).toString('hex'));
            }
            expect(found).toEqual([...new Set(found)].sort());
            return found;
          };
          const known = model.domains.get(domain.toString('hex'));
          for (const kind of ['vertex', 'hyperedge'] as const) {
            const removes = new Set(await ids(`${kind}-removes`));
            const live = (await ids(`${kind}-adds`)).filter(
              (id) => !removes.has(id) && !id.startsWith('f'.repeat(16), 64),
            );
            const expected = [...(known?.atoms ?? [])]
              .filter(([, atom]) => atom.kind === kind)
              .map(([slot, atom]) => domain.toString('hex') + slot + atom.incarnation);
            expect(live).toEqual(expected.sort());
          }
        }
      }),
      { numRuns: Math.ceil(numRuns / 5) },
    );
  });
});

describe('rules that random transactions seldom meet', () => {
  const [domain, slot] = [domains[0] as Buffer, slots[0] as Buffer];
  const writer = writers[0] as Buffer;
  const opened = (): Replica => {
    const replica = new Replica();
    replica.apply(writer, opening());
    return replica;
  };
  const outcomeOf = (replica: Replica, operations: Operation[]): Outcome =>
    replica.apply(writer, [fresh(operations, replica.position + 1)]).results[0]?.outcome as Outcome;

  it('refuses a chunk under another length than it is known by', () => {
    const replica = opened();
    const chunk = chunks[0] as (typeof chunks)[number];
    const add = (index: number, length: number): Operation => ({
      kind: 'add-vertex',
      domain,
      slot: slots[index] as Buffer,
      incarnation: Buffer.alloc(8, index),
      payload: Buffer.alloc(0),
      chunks: [{ hash: chunk.hash, length }],
    });
    expect(outcomeOf(replica, [add(0, chunk.length)]).status).toBe('applied');
    expect(outcomeOf(replica, [add(1, chunk.length + 1)])).toEqual({
      status: 'refused',
      reason: 'malformed',
      index: 0,
    });
  });

  it('refuses atoms in the slots that the node keeps for itself', () => {
    const add: Operation = {
      kind: 'add-vertex',
      domain,
      slot: Buffer.concat([Buffer.alloc(8, 0xff), slot.subarray(8)]),
      incarnation: Buffer.alloc(8),
      payload: Buffer.alloc(0),
    };
    expect(outcomeOf(opened(), [add])).toEqual({ status: 'refused', reason: 'malformed', index: 0 });
  });

  it('answers an id that comes twice in one batch with its first outcome and applies it once', () => {
    const replica = opened();
    const add: Operation = {
      kind: 'add-vertex',
      domain,
      slot,
      incarnation: Buffer.alloc(8),
      payload: Buffer.alloc(3),
    };
    const transaction = fresh([add], 2);
    const { results } = replica.apply(writer, [transaction, transaction]);
    expect(results[1]).toEqual({ ...results[0], repeated: true });
    expect(replica.usage(domain)).toEqual({ atoms: 1, bytes: 67, removals: 0 });
  });
});
