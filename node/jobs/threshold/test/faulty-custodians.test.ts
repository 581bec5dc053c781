/** Whatever at most t custodians do to their answers: calls succeed, results are right, and nobody honest is accused. */
import { createECDH, createPublicKey, verify } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KeyScheme, KeyTask } from '../../../api/index.ts';
import * as agreement from '../agreement/index.ts';
import * as dprf from '../dprf/index.ts';
import { ThresholdAbort, type ThresholdReason } from '../errors.ts';
import * as frost from '../frost/index.ts';
import { ed25519, ristretto255 } from '../groups/index.ts';
import type { SchemeRow } from '../scheme.ts';
import { type DealtKey, dealFieldKey } from './support/deal.ts';
import { authorised, createNetwork } from './support/network.ts';

interface Protocol {
  readonly handlers: Parameters<typeof createNetwork>[0];
  readonly scheme: KeyScheme;
  readonly perform: SchemeRow['perform'];
  taskOf(input: Uint8Array): Record<string, unknown> & { readonly kind: KeyTask['kind'] };
  isRight(dealt: DealtKey, input: Uint8Array, result: Uint8Array): boolean;
  readonly runs: number;
}

const peer = createECDH('prime256v1').generateKeys();
const protocols: Record<string, Protocol> = {
  'pseudo-random function': {
    ...dprf,
    scheme: 'dprf-ristretto255',
    taskOf: (input) => ({ kind: 'evaluate', input }),
    isRight: ({ secret }, input, result) =>
      Buffer.from(ristretto255.multiply(dprf.dprfElement(input), secret)).equals(result),
    runs: 60,
  },
  'key agreement': {
    ...agreement,
    scheme: 'ecdh-p256',
    taskOf: () => ({ kind: 'agree', point: peer }),
    isRight({ secret, group }, _, result) {
      const key = createECDH('prime256v1');
      key.setPrivateKey(group.encodeScalar(secret));
      return Buffer.concat([Buffer.alloc(32), key.computeSecret(peer)])
        .subarray(-32)
        .equals(result);
    },
    runs: 25,
  },
  signature: {
    ...frost,
    scheme: 'frost-ed25519',
    taskOf: (input) => ({ kind: 'sign', message: input }),
    isRight({ secret }, input, result) {
      const head = Buffer.from('302a300506032b6570032100', 'hex');
      const der = Buffer.concat([head, ed25519.baseMultiply(secret)]);
      return verify(null, input, createPublicKey({ key: der, format: 'der', type: 'spki' }), result);
    },
    runs: 40,
  },
};

const fault = fc.oneof(
  fc.constant({ kind: 'honest' } as const),
  fc.constant({ kind: 'silent' } as const),
  fc.constant({ kind: 'replay' } as const),
  // To `frost.sign`: that its nonces are gone.
  fc.constant({ kind: 'bytes', bytes: Uint8Array.of(0) } as const),
  fc.record({ kind: fc.constant('flip' as const), at: fc.nat(8 * 4096) }),
  fc.record({ kind: fc.constant('bytes' as const), bytes: fc.uint8Array({ maxLength: 200 }) }),
  fc.record({ kind: fc.constant('cut' as const), to: fc.nat(200) }),
  fc.record({
    kind: fc.constant('says' as const),
    reason: fc.constantFrom<ThresholdReason>('refused', 'stale', 'unknown-key', 'malformed', 'unavailable'),
  }),
);
type Fault = typeof fault extends fc.Arbitrary<infer Value> ? Value : never;

function applied(one: Fault, custodian: number, reply: Uint8Array, first: Uint8Array): Uint8Array {
  switch (one.kind) {
    case 'honest':
      return reply;
    case 'silent':
      throw new ThresholdAbort('unavailable', custodian, 'it does not answer');
    case 'says':
      throw new ThresholdAbort(one.reason, custodian, 'it says so');
    case 'replay':
      return first;
    case 'bytes':
      return one.bytes;
    case 'cut':
      return reply.subarray(0, one.to);
    case 'flip': {
      const changed = Uint8Array.from(reply);
      const bit = one.at % (8 * reply.length);
      changed[bit >>> 3]! ^= 1 << (bit & 7);
      return changed;
    }
  }
}

describe.each(Object.keys(protocols))('%s', (name) => {
  const protocol = protocols[name]!;
  it.each([
    [4, 1],
    [7, 2],
    [10, 3],
  ])('with %i custodians of which %i do what they like', async (n, t) => {
    const faulty = fc.uniqueArray(fc.integer({ min: 1, max: n }), { minLength: t, maxLength: t });
    // One fault after the other for each message of a faulty custodian.
    const plans = fc.array(fc.array(fault, { minLength: 1, maxLength: 5 }), { minLength: t, maxLength: t });
    await fc.assert(
      fc.asyncProperty(faulty, plans, async (who, plan) => {
        const network = createNetwork(protocol.handlers, n, t);
        const dealt = await dealFieldKey(network, protocol.scheme);
        const first = new Map<string, Uint8Array>();
        const sent = new Map<number, number>();
        network.tamper = (custodian, kind, reply) => {
          const at = who.indexOf(custodian);
          if (at < 0) return reply;
          const place = `${custodian} ${kind}`;
          if (!first.has(place)) first.set(place, reply);
          const count = sent.get(custodian) ?? 0;
          sent.set(custodian, count + 1);
          const faults = plan[at]!;
          return applied(faults[count % faults.length]!, custodian, reply, first.get(place)!);
        };
        for (const input of ['one', 'two', 'three'].map((text) => Buffer.from(text))) {
          const task = { ...protocol.taskOf(input), handle: dealt.key.handle } as unknown as KeyTask;
          const result = await protocol.perform(network.custodians, dealt.key, authorised(task));
          expect(protocol.isRight(dealt, input, result)).toBe(true);
        }
        expect([...network.accused.keys()].filter((custodian) => !who.includes(custodian))).toEqual([]);
      }),
      { numRuns: Math.ceil(protocol.runs / t) },
    );
  });
});
