import { createHash, createPublicKey, verify } from 'node:crypto';
import { ed25519ph } from '@noble/curves/ed25519.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KeyTask } from '../../../../api/index.ts';
import { ed25519 } from '../../groups/index.ts';
import { OpenRounds } from '../../open-rounds.ts';
import { type DealtKey, dealFieldKey } from '../../test/support/deal.ts';
import { authorised, createNetwork, type Network } from '../../test/support/network.ts';
import { handlers, perform, prepare } from '../index.ts';
import { frostLimits } from '../limits.ts';
import {
  commitPurpose,
  commitStatement,
  encodeCommitAnswer,
  encodeCommitRequest,
  encodeSignRequest,
  readCommitAnswer,
  readCommitRequest,
  readSignAnswer,
} from '../messages.ts';

const message = Buffer.from('what is signed');

interface Dealt {
  readonly network: Network;
  readonly dealt: DealtKey;
  readonly publicKey: Uint8Array;
}

async function deal(n = 4, t = 1): Promise<Dealt> {
  const network = createNetwork(handlers, n, t);
  const dealt = await dealFieldKey(network, 'frost-ed25519');
  return { network, dealt, publicKey: ed25519.baseMultiply(dealt.secret) };
}

async function sign(
  { network, dealt }: Dealt,
  of: Uint8Array = message,
  prehashed?: boolean,
): Promise<Buffer> {
  const task: KeyTask = {
    kind: 'sign',
    handle: dealt.key.handle,
    message: of,
    ...(prehashed === undefined ? {} : { prehashed }),
  };
  return Buffer.from(await perform(network.custodians, dealt.key, authorised(task)));
}

function verifies({ publicKey }: Dealt, signature: Uint8Array, of: Uint8Array = message): boolean {
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), publicKey]);
  return verify(null, of, createPublicKey({ key: der, format: 'der', type: 'spki' }), signature);
}

/** Forgets what is in its memory. */
function restart({ parties }: Network, custodian: number): void {
  Object.assign(parties[custodian - 1]!, { rounds: new OpenRounds(() => 0) });
}

describe('signatures', () => {
  it('of any message verify under the public key', async () => {
    const dealt = await deal();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 500 }), async (of) => {
        expect(verifies(dealt, await sign(dealt, of), of)).toBe(true);
      }),
      { numRuns: 20 },
    );
  });

  it('of digests are Ed25519ph, and not Ed25519', async () => {
    const dealt = await deal();
    const digest = createHash('sha512').update(message).digest();
    const signature = await sign(dealt, digest, true);
    expect(ed25519ph.verify(signature, message, dealt.publicKey)).toBe(true);
    expect(verifies(dealt, signature, digest)).toBe(false);
    expect(verifies(dealt, await sign(dealt, digest, false), digest)).toBe(true);
  });

  it('are made whichever custodians are away', async () => {
    for (const [n, t] of [
      [4, 1],
      [7, 2],
    ] as const) {
      const dealt = await deal(n, t);
      for (let away = 1; away <= n; away += 1) {
        dealt.network.down.clear();
        for (let at = 0; at < t; at += 1) dealt.network.down.add(((away + 2 * at - 1) % n) + 1);
        expect(verifies(dealt, await sign(dealt))).toBe(true);
      }
      expect(dealt.network.accused.size).toBe(0);
    }
  });

  it('take one round when commitments are ready', async () => {
    const dealt = await deal();
    await prepare(dealt.network.custodians);
    expect(dealt.network.asked.get('frost.commit')).toBe(4);
    await sign(dealt);
    await sign(dealt);
    expect(Object.fromEntries(dealt.network.asked)).toEqual({ 'frost.commit': 4, 'frost.sign': 4 });
  });

  it('are made side by side, each with nonces of its own', async () => {
    const dealt = await deal();
    const signatures = await Promise.all(Array.from({ length: 100 }, () => sign(dealt)));
    expect(signatures.every((signature) => verifies(dealt, signature))).toBe(true);
    expect(new Set(signatures.map((one) => one.toString('hex', 0, 32))).size).toBe(100);
    expect(dealt.network.asked.get('frost.sign')).toBe(200);
  });

  it('are not made of tasks that are none of the key’s', async () => {
    const { network, dealt } = await deal();
    const { handle } = dealt.key;
    const tasks: KeyTask[] = [
      { kind: 'evaluate', handle, input: message },
      { kind: 'sign', handle: new Uint8Array(16), message },
      { kind: 'sign', handle, message, prehashed: true },
    ];
    for (const task of tasks)
      await expect(perform(network.custodians, dealt.key, authorised(task))).rejects.toThrow(RangeError);
    expect(network.asked.size).toBe(0);
  });
});

describe('a custodian that cheats is named, and the signature is right:', () => {
  const cases: Record<string, (share: Uint8Array, earlier: Uint8Array) => Uint8Array> = {
    'a wrong share': (share) => {
      const changed = Uint8Array.from(share);
      changed[1]! ^= 1;
      return changed;
    },
    'a share of nothing': () => Buffer.concat([Buffer.of(1), Buffer.alloc(32)]),
    'an earlier share': (_, earlier) => earlier,
  };
  it.each(Object.keys(cases))('%s', async (name) => {
    for (const prehashed of [false, true]) {
      const dealt = await deal();
      let earlier: Uint8Array | undefined;
      dealt.network.tamper = (custodian, kind, reply) => {
        if (custodian === 2 && kind === 'frost.sign') earlier ??= reply;
        return reply;
      };
      const digest = createHash('sha512').update(message).digest();
      await sign(dealt, digest, prehashed);
      dealt.network.tamper = (custodian, kind, reply) =>
        custodian === 2 && kind === 'frost.sign' ? cases[name]!(reply, earlier!) : reply;
      const signature = await sign(dealt, digest, prehashed);
      expect(
        prehashed
          ? ed25519ph.verify(signature, message, dealt.publicKey)
          : verifies(dealt, signature, digest),
      ).toBe(true);
      expect([...dealt.network.accused.keys()]).toEqual([2]);
    }
  });

  it('two of seven at once', async () => {
    const dealt = await deal(7, 2);
    dealt.network.tamper = (custodian, kind, reply) => {
      if (custodian > 2 || kind !== 'frost.sign') return reply;
      // Not the same bit: errors of opposite sign would make a good signature.
      const changed = Uint8Array.from(reply);
      changed[1]! ^= custodian;
      return changed;
    };
    expect(verifies(dealt, await sign(dealt))).toBe(true);
    expect([...dealt.network.accused.keys()].sort()).toEqual([1, 2]);
  });

  it('commitments that it did not sign', async () => {
    const dealt = await deal();
    dealt.network.tamper = (custodian, kind, reply) => {
      if (custodian !== 2 || kind !== 'frost.commit') return reply;
      const changed = Uint8Array.from(reply);
      changed[2]! ^= 1;
      return changed;
    };
    expect(verifies(dealt, await sign(dealt))).toBe(true);
    expect([...dealt.network.accused.keys()]).toEqual([2]);
  });

  it('commitments of an earlier request', async () => {
    const dealt = await deal();
    let first: Uint8Array | undefined;
    dealt.network.tamper = (custodian, kind, reply) => {
      if (custodian !== 2 || kind !== 'frost.commit') return reply;
      first ??= reply;
      return first;
    };
    for (let signature = 0; signature < 2 * frostLimits.batch; signature += 1)
      expect(verifies(dealt, await sign(dealt))).toBe(true);
    expect([...dealt.network.accused.keys()]).toEqual([2]);
  });

  it('more commitments than were asked for', async () => {
    const dealt = await deal();
    const { parties } = dealt.network;
    dealt.network.tamper = async (custodian, kind, reply, body) => {
      if (custodian !== 2 || kind !== 'frost.commit') return reply;
      const { challenge, count } = readCommitRequest(body);
      return handlers[0]!.handle(parties[1]!, { body: encodeCommitRequest({ challenge, count: count + 1 }) });
    };
    expect(verifies(dealt, await sign(dealt))).toBe(true);
    expect([...dealt.network.accused.keys()]).toEqual([2]);
  });

  it('signed commitments that are no elements', async () => {
    const dealt = await deal();
    dealt.network.tamper = recommit(dealt, () => Buffer.alloc(32));
    expect(verifies(dealt, await sign(dealt))).toBe(true);
    expect([...dealt.network.accused.keys()]).toEqual([2]);
  });

  it('equivocates: signs commitments to other nonces than it uses', async () => {
    const dealt = await deal();
    const { network } = dealt;
    const kept = new Map<string, Uint8Array>();
    const committing = recommit(dealt, (honest) => {
      const other = ed25519.add(honest, ed25519.baseMultiply(1n));
      kept.set(Buffer.from(other).toString('hex'), honest);
      return other;
    });
    network.tamper = async (custodian, kind, reply, body) => {
      if (custodian !== 2) return reply;
      if (kind === 'frost.commit') return committing(custodian, kind, reply, body);
      // It signs with what it really has: the list with its own, first commitments in it.
      let own = Buffer.from(body).toString('hex');
      for (const [other, honest] of kept) own = own.replace(other, Buffer.from(honest).toString('hex'));
      const task: KeyTask = { kind: 'sign', handle: dealt.dealt.key.handle, message };
      return handlers[1]!.handle(network.parties[1]!, { body: Buffer.from(own, 'hex'), task });
    };
    expect(verifies(dealt, await sign(dealt))).toBe(true);
    expect([...network.accused.keys()]).toEqual([2]);
  });

  /** Custodian 2 changes the commitments that it made, and signs them. */
  function recommit(
    { network }: Dealt,
    change: (element: Uint8Array) => Uint8Array,
  ): NonNullable<Network['tamper']> {
    return (custodian, kind, reply, body) => {
      if (custodian !== 2 || kind !== 'frost.commit') return reply;
      const { challenge } = readCommitRequest(body);
      const pairs = readCommitAnswer(reply, 2).pairs.map(({ hiding, binding }) => ({
        hiding: change(hiding),
        binding,
      }));
      const { identity } = network.parties[1]!;
      return encodeCommitAnswer(pairs, identity.sign(commitPurpose, commitStatement(challenge, pairs)));
    };
  }
});

describe('a custodian that fails is replaced:', () => {
  it('silent from the start, or after it committed', async () => {
    for (const ready of [false, true]) {
      const dealt = await deal();
      if (ready) await prepare(dealt.network.custodians);
      dealt.network.down.add(1);
      expect(verifies(dealt, await sign(dealt))).toBe(true);
      expect(dealt.network.accused.size).toBe(0);
    }
  });

  it.each(['frost.commit', 'frost.sign'])('answers of wrong length to %s', async (wrong) => {
    for (const length of [0, 1, 32, 34, 5000]) {
      const dealt = await deal();
      dealt.network.tamper = (custodian, kind, reply) =>
        custodian === 1 && kind === wrong ? Buffer.alloc(length, 1) : reply;
      expect(verifies(dealt, await sign(dealt))).toBe(true);
    }
  });

  it('a share that is not canonical', async () => {
    const dealt = await deal();
    dealt.network.tamper = (custodian, kind, reply) =>
      custodian === 1 && kind === 'frost.sign' ? Buffer.alloc(33, 0xff).fill(1, 0, 1) : reply;
    expect(verifies(dealt, await sign(dealt))).toBe(true);
  });

  it('always without nonces', async () => {
    const dealt = await deal();
    dealt.network.tamper = (custodian, kind, reply) =>
      custodian === 1 && kind === 'frost.sign' ? Uint8Array.of(0) : reply;
    expect(verifies(dealt, await sign(dealt))).toBe(true);
    expect(dealt.network.accused.size).toBe(0);
  });

  it('ends with `unavailable` when too few are left', async () => {
    const dealt = await deal();
    for (const custodian of [1, 2, 3]) dealt.network.down.add(custodian);
    await expect(sign(dealt)).rejects.toMatchObject({ reason: 'unavailable' });
    dealt.network.down.clear();
    expect(verifies(dealt, await sign(dealt))).toBe(true);
  });
});

describe('nonces', () => {
  it('that a restart lost are made anew, by the same signers', async () => {
    const dealt = await deal();
    await sign(dealt);
    restart(dealt.network, 1);
    restart(dealt.network, 2);
    dealt.network.asked.clear();
    expect(verifies(dealt, await sign(dealt))).toBe(true);
    expect(Object.fromEntries(dealt.network.asked)).toEqual({ 'frost.commit': 2, 'frost.sign': 4 });
    expect(dealt.network.accused.size).toBe(0);
  });

  it('that a restart lost are made anew once for all calls under way', async () => {
    const dealt = await deal();
    await prepare(dealt.network.custodians);
    for (const custodian of [1, 2, 3, 4]) restart(dealt.network, custodian);
    dealt.network.asked.clear();
    const calls = 40;
    const signatures = await Promise.all(Array.from({ length: calls }, () => sign(dealt)));
    expect(signatures.every((signature) => verifies(dealt, signature))).toBe(true);
    expect(dealt.network.asked.get('frost.commit')).toBeLessThan(calls / 2);
  });

  it('are used once, whatever the coordinator asks', async () => {
    const { network, dealt } = await deal();
    const body = encodeSignRequest({ generation: 0, commitments: await commitments(network, [1, 2]) });
    const ask = (of: Uint8Array) =>
      network.custodians.ask(1, 'frost.sign', body, {
        authorised: authorised({ kind: 'sign', handle: dealt.key.handle, message: of }),
      });
    const answers = await Promise.all([ask(message), ask(Buffer.from('another'))]);
    const shares = answers.map((answer) => readSignAnswer(answer, 1));
    expect(shares[0]).toBeDefined();
    expect(shares[1]).toBeUndefined();
    expect(readSignAnswer(await ask(message), 1)).toBeUndefined();
  });

  it('are gone also when the request could not be served', async () => {
    const { network, dealt } = await deal();
    const list = await commitments(network, [1, 2]);
    const task = authorised({ kind: 'sign', handle: dealt.key.handle, message });
    const ask = (generation: number) =>
      network.custodians.ask(1, 'frost.sign', encodeSignRequest({ generation, commitments: list }), {
        authorised: task,
      });
    await expect(ask(9)).rejects.toMatchObject({ reason: 'stale' });
    expect(readSignAnswer(await ask(0), 1)).toBeUndefined();
  });

  it('are kept in bounded number, the newest of them', async () => {
    const { network, dealt } = await deal();
    const task = authorised({ kind: 'sign', handle: dealt.key.handle, message });
    const [first, ...rest] = await Promise.all([commitments(network, [1, 2]), commitments(network, [1, 2])]);
    const challenge = Buffer.alloc(16);
    const flood = encodeCommitRequest({ challenge, count: frostLimits.batchMax });
    const floods = frostLimits.noncesMax / frostLimits.batchMax;
    for (let at = 0; at < floods; at += 1) await network.custodians.ask(1, 'frost.commit', flood);
    const latest = await commitments(network, [1, 2]);
    const ask = async (list: typeof latest) =>
      readSignAnswer(
        await network.custodians.ask(
          1,
          'frost.sign',
          encodeSignRequest({ generation: 0, commitments: list }),
          {
            authorised: task,
          },
        ),
        1,
      );
    for (const forgotten of [first, ...rest]) expect(await ask(forgotten)).toBeUndefined();
    expect(await ask(latest)).toBeDefined();
  });

  async function commitments({ custodians }: Network, indices: readonly number[]) {
    return Promise.all(
      indices.map(async (custodian) => {
        const body = encodeCommitRequest({ challenge: Buffer.alloc(16), count: 1 });
        const { pairs } = readCommitAnswer(await custodians.ask(custodian, 'frost.commit', body), custodian);
        return { custodian, ...pairs[0]! };
      }),
    );
  }

  it('are not spent on requests that are none', async () => {
    const { network, dealt } = await deal();
    const [one, two, three] = await commitments(network, [1, 2, 3]);
    const task = authorised({ kind: 'sign', handle: dealt.key.handle, message });
    const ask = (list: readonly (typeof one)[]) =>
      network.custodians.ask(
        1,
        'frost.sign',
        encodeSignRequest({ generation: 0, commitments: list.map((each) => each!) }),
        { authorised: task },
      );
    for (const list of [[two, three], [two, one], [one, one], []])
      await expect(ask(list)).rejects.toMatchObject({ reason: 'malformed' });
    expect(readSignAnswer(await ask([one, two]), 1)).toBeDefined();
  });

  it('sign no list of too few, of strangers or of what is no element', async () => {
    const { network, dealt } = await deal();
    const task = authorised({ kind: 'sign', handle: dealt.key.handle, message });
    const torsion = Buffer.from('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05', 'hex');
    for (const other of [
      undefined,
      { custodian: 9 },
      { hiding: Buffer.alloc(32) },
      { binding: torsion },
      { hiding: Buffer.alloc(32, 0xff) },
    ]) {
      const [one, two] = await commitments(network, [1, 2]);
      const list = other === undefined ? [one!] : [one!, { ...two!, ...other }];
      const body = encodeSignRequest({ generation: 0, commitments: list });
      await expect(network.custodians.ask(1, 'frost.sign', body, { authorised: task })).rejects.toMatchObject(
        { reason: 'malformed' },
      );
    }
  });
});

describe('shares of another generation', () => {
  it('are reported as stale when more than t have them, and do no harm at one', async () => {
    const dealt = await deal();
    const { network } = dealt;
    const refresh = async (custodian: number) => {
      const { keys } = network.parties[custodian - 1]!;
      const share = await keys.get(dealt.dealt.key.handle);
      await keys.put({ ...share!, generation: 1 });
    };
    await refresh(2);
    expect(verifies(dealt, await sign(dealt))).toBe(true);
    await refresh(1);
    await refresh(3);
    await expect(sign(dealt)).rejects.toMatchObject({ reason: 'stale', custodian: undefined });
    expect(network.accused.size).toBe(0);
  });

  it('are not mistaken for shares that are gone', async () => {
    const dealt = await deal();
    for (const { keys } of dealt.network.parties) await keys.remove(dealt.dealt.key.handle);
    await expect(sign(dealt)).rejects.toMatchObject({ reason: 'unknown-key' });
  });
});
