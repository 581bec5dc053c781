/**
 * What every implementation of the ports promises. Written against the ports alone, so that it runs in the process, over
 * real disks and across a socket.
 */
import { createHash, createPublicKey, randomBytes, verify } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type AppliedBatch,
  type Bytes,
  type ChunkRef,
  type CommitCertificate,
  type CommitResult,
  mainLog,
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

export function describePorts(name: string, open: () => Promise<PortsUnderTest>): void {
  describe(`the ports of ${name}`, () => {
    let node: PortsUnderTest;
    let ports: NodePorts;
    const domain = randomBytes(32);

    beforeEach(async () => {
      node = await open();
      ports = node.ports;
      expect((await commit([create(domain)])).outcome.status).toBe('applied');
    });
    afterEach(() => node.close());

    function create(address: Bytes, payload = 'configuration'): Operation {
      const readKey = Buffer.alloc(33, 7);
      readKey[0] = Tag.ristretto255Point;
      const config = {
        ownerKey: node.writerKey,
        writerKeys: [node.writerKey],
        readKey,
        payload: Buffer.from(payload),
      };
      return { kind: 'create-domain', domain: address, config };
    }

    function put(slot: Bytes, payload: string | Bytes, extra: object = {}): Operation {
      const incarnation = Buffer.from(slot.subarray(0, 8));
      return { kind: 'add-vertex', domain, slot, incarnation, payload: Buffer.from(payload), ...extra };
    }

    async function transaction(
      operations: readonly Operation[],
      extra: Partial<Transaction> = {},
    ): Promise<Transaction> {
      const validFrom = (await ports.position()) + 1;
      const window = { validFrom, validUntil: validFrom + nodeLimits.transactionWindowDefault };
      return { id: randomBytes(16), ...window, expects: [], operations, ...extra };
    }

    async function commit(
      operations: readonly Operation[],
      extra?: Partial<Transaction>,
    ): Promise<CommitResult> {
      return ports.commit(await transaction(operations, extra));
    }

    async function payloadOf(slot: Bytes): Promise<string | undefined> {
      const [atom] = await ports.read([{ domain, slot }], { at: 'linearizable' });
      return atom && Buffer.from(atom.payload).toString();
    }

    async function fails(work: Promise<unknown>, code: NodeErrorCode): Promise<void> {
      const error = await work.then(
        () => undefined,
        (reason) => reason,
      );
      expect(error).toBeInstanceOf(NodeError);
      expect((error as NodeError).code).toBe(code);
    }

    describe('commit and read', () => {
      it('makes an atom readable with its revision when the commit resolves', async () => {
        const slot = randomBytes(24);
        const { outcome, position } = await commit([put(slot, 'first')]);
        expect(outcome.status).toBe('applied');
        const [atom, none] = await ports.read(
          [
            { domain, slot },
            { domain, slot: randomBytes(24) },
          ],
          { at: position },
        );
        expect(none).toBeUndefined();
        expect(Buffer.from(atom?.payload ?? []).toString()).toBe('first');
        expect(atom).toMatchObject({ kind: 'vertex', chunks: [], members: [] });
        expect(outcome).toEqual({ status: 'applied', revision: atom?.revision });
        expect(Math.floor((atom?.revision ?? 0) / 4096)).toBe(position);
      });

      it('keeps a hyperedge with its members in order', async () => {
        const slot = randomBytes(24);
        const members = [randomBytes(64), randomBytes(64), randomBytes(64)];
        const edge: Operation = {
          kind: 'add-hyperedge',
          domain,
          slot,
          incarnation: randomBytes(8),
          payload: Buffer.from('edge'),
          members,
        };
        await commit([edge]);
        const [atom] = await ports.read([{ domain, slot }], { at: 'linearizable' });
        expect(atom?.kind).toBe('hyperedge');
        expect(atom?.members.map((member) => Buffer.from(member))).toEqual(members);
      });

      it('applies a transaction whole or not at all, and names what refused it', async () => {
        const [first, second] = [randomBytes(24), randomBytes(24)];
        await commit([put(first, 'there')]);
        const other = { ...put(first, 'again'), incarnation: randomBytes(8) } as Operation;
        const { outcome } = await commit([put(second, 'new'), other]);
        expect(outcome).toEqual({ status: 'refused', reason: 'slot-occupied', index: 1 });
        expect(await payloadOf(second)).toBeUndefined();
      });

      it('lets exactly one of many writers win that expect the same revision', async () => {
        const slot = randomBytes(24);
        const { outcome } = await commit([put(slot, 'base')]);
        const revision = outcome.status === 'applied' ? outcome.revision : 0;
        const expects = [{ domain, slot, revision }];
        const results = await Promise.all(
          Array.from({ length: 32 }, (_, index) => commit([put(slot, `writer ${index}`)], { expects })),
        );
        const winners = results.flatMap(({ outcome }, index) =>
          outcome.status === 'applied' ? [index] : [],
        );
        expect(winners.length).toBe(1);
        expect(await payloadOf(slot)).toBe(`writer ${winners[0]}`);
        for (const { outcome } of results) {
          if (outcome.status === 'refused') {
            expect(outcome).toEqual({ status: 'refused', reason: 'expectation-failed', index: 0 });
          }
        }
      });

      it('answers a repeated id with the first result and applies it once', async () => {
        const slot = randomBytes(24);
        const sent = await transaction([put(slot, 'once')]);
        const results = await Promise.all([ports.commit(sent), ports.commit(sent)]);
        await commit([put(slot, 'later')]);
        results.push(await ports.commit(sent));
        for (const result of results) expect(plain(result)).toEqual(plain(results[0] as CommitResult));
        expect(plain((await ports.outcome(sent.id)) as CommitResult)).toEqual(
          plain(results[0] as CommitResult),
        );
        expect(await payloadOf(slot)).toBe('later');
      });

      it('remembers a refusal, and knows nothing of an id that never came', async () => {
        const refused = await transaction([put(randomBytes(24), 'x')], {
          expects: [{ domain, slot: randomBytes(24), revision: 4096 }],
        });
        const result = await ports.commit(refused);
        expect(result.outcome).toEqual({ status: 'refused', reason: 'expectation-failed', index: 0 });
        expect((await ports.outcome(refused.id))?.outcome).toEqual(result.outcome);
        expect(await ports.outcome(randomBytes(16))).toBeUndefined();
      });

      it('refuses a transaction outside its window', async () => {
        const position = await ports.position();
        const { outcome } = await commit([], { validFrom: position + 100, validUntil: position + 200 });
        expect(outcome).toEqual({ status: 'refused', reason: 'outside-window', index: -1 });
      });

      it('does not take what is malformed', async () => {
        const sent = await transaction([put(randomBytes(24), 'x')]);
        await fails(ports.commit({ ...sent, id: randomBytes(15) }), 'malformed');
        await fails(ports.commit({ ...sent, validUntil: sent.validFrom - 1 }), 'malformed');
        await fails(ports.commit({ ...sent, operations: [put(randomBytes(23), 'x')] }), 'malformed');
        const large = put(randomBytes(24), Buffer.alloc(nodeLimits.payloadBytesMax + 1));
        await fails(ports.commit({ ...sent, operations: [large] }), 'malformed');
        expect(await ports.outcome(sent.id)).toBeUndefined();
      });

      it('reads many slots as of one position while transactions change them together', async () => {
        const slots = Array.from({ length: 20 }, () => randomBytes(24));
        const write = (round: number): Promise<CommitResult> =>
          commit(slots.map((slot) => put(slot, `${round}`)));
        await write(0);
        const writing = (async () => {
          for (let round = 1; round <= 20; round++) await write(round);
        })();
        for (let read = 0; read < 20; read++) {
          const atoms = await ports.read(
            slots.map((slot) => ({ domain, slot })),
            { at: 'linearizable' },
          );
          expect(new Set(atoms.map((atom) => Buffer.from(atom?.payload ?? []).toString())).size).toBe(1);
        }
        await writing;
      });

      it('holds a read at a position back until the position is applied', async () => {
        const slot = randomBytes(24);
        const next = (await ports.position()) + 1;
        const reading = ports.read([{ domain, slot }], { at: next });
        await commit([put(slot, 'arrived')]);
        const [atom] = await reading;
        expect(Buffer.from(atom?.payload ?? []).toString()).toBe('arrived');
      });

      it('refuses to read more slots than the limit', async () => {
        const slots = Array(nodeLimits.readSlotsMax + 1).fill({ domain, slot: randomBytes(24) });
        await fails(ports.read(slots, { at: 'linearizable' }), 'malformed');
      });

      it('gives consecutive positions certificates that chain by hash and carry valid signatures', async () => {
        let before: CommitCertificate | undefined;
        for (let round = 0; round < 3; round++) {
          const { certificate, position } = await commit([put(randomBytes(24), `${round}`)]);
          expect(certificate.position).toBe(position);
          const message = certificateMessage(certificate);
          for (const { key, signature } of certificate.signers) {
            expect(verify(null, message, publicKey(key), signature.subarray(1))).toBe(true);
          }
          expect(certificate.signers.length).toBeGreaterThan(0);
          if (before !== undefined && before.position + 1 === position) {
            const head = createHash('sha256').update(certificateMessage(before)).digest();
            expect(Buffer.from(certificate.previousHash.subarray(1))).toEqual(head);
          }
          before = certificate;
        }
      });
    });

    describe('domains', () => {
      it('tells the configuration and the usage of an open domain, and nothing of others', async () => {
        await commit([put(randomBytes(24), 'twelve bytes')]);
        const found = await ports.domain(domain);
        expect(found?.usage).toEqual({ atoms: 1, bytes: 64 + 12 });
        expect(Buffer.from(found?.payload ?? []).toString()).toBe('configuration');
        expect(found?.writerKeys.map((key) => Buffer.from(key))).toEqual([Buffer.from(node.writerKey)]);
        expect(await ports.domain(randomBytes(32))).toBeUndefined();
      });

      it('closes an empty domain for ever, and not one that holds an atom', async () => {
        const slot = randomBytes(24);
        const close: Operation = { kind: 'remove-domain', domain };
        await commit([put(slot, 'x')]);
        expect((await commit([close])).outcome).toMatchObject({ reason: 'domain-not-empty' });
        const incarnation = slot.subarray(0, 8);
        const remove: Operation = { kind: 'remove-vertex', domain, slot, incarnation, note: Buffer.alloc(0) };
        expect((await commit([remove, close])).outcome.status).toBe('applied');
        expect(await ports.domain(domain)).toBeUndefined();
        expect((await commit([create(domain)])).outcome).toMatchObject({ reason: 'domain-exists' });
        expect((await commit([put(slot, 'y')])).outcome).toMatchObject({ reason: 'domain-unknown' });
      });
    });

    describe('chunks', () => {
      const bytes = randomBytes(300_000);

      async function* pieces(of: Buffer, size: number): AsyncGenerator<Buffer> {
        for (let at = 0; at < of.length; at += size) yield of.subarray(at, at + size);
      }

      it('gives a stream and a buffer of the same bytes the same reference, their SHA-256', async () => {
        const streamed = await ports.stage(pieces(bytes, 70_001));
        const whole = await ports.stage(bytes);
        const hash = Buffer.concat([Buffer.of(Tag.sha256), createHash('sha256').update(bytes).digest()]);
        for (const chunk of [streamed, whole]) {
          expect(chunk.length).toBe(bytes.length);
          expect(Buffer.from(chunk.hash)).toEqual(hash);
        }
      });

      it('reads any range of a chunk that a vertex names', async () => {
        const chunk = await ports.stage(pieces(bytes, 50_000));
        const slot = randomBytes(24);
        const { outcome } = await commit([put(slot, 'holder', { chunks: [chunk] })]);
        expect(outcome.status).toBe('applied');
        const [atom] = await ports.read([{ domain, slot }], { at: 'linearizable' });
        const named = atom?.chunks[0] as ChunkRef;
        for (const [from, length] of [
          [0, bytes.length],
          [1, 1],
          [65_535, 2],
          [bytes.length - 1, 1],
          [0, 0],
        ] as const) {
          const read = Buffer.from(await ports.fetch(named, from, length));
          expect(read.equals(bytes.subarray(from, from + length))).toBe(true);
        }
        await fails(ports.fetch(named, 1, bytes.length), 'malformed');
      });

      it('does not take a transaction that names a chunk nobody staged', async () => {
        const hash = Buffer.concat([Buffer.of(Tag.sha256), randomBytes(32)]);
        const slot = randomBytes(24);
        await fails(commit([put(slot, 'x', { chunks: [{ hash, length: 70_000 }] })]), 'chunk-unknown');
        await fails(ports.fetch({ hash, length: 70_000 }, 0, 10), 'chunk-unknown');
        expect(await payloadOf(slot)).toBeUndefined();
      });

      it('refuses a chunk over the limit and leaves a stream that fails behind', async () => {
        await fails(ports.stage(Buffer.alloc(nodeLimits.chunkBytesMax + 1)), 'chunk-too-large');
        const endless = (async function* () {
          for (;;) yield Buffer.alloc(1024 * 1024);
        })();
        await fails(ports.stage(endless), 'chunk-too-large');
        const broken = (async function* () {
          yield Buffer.alloc(100_000);
          throw new Error('the source broke');
        })();
        await expect(ports.stage(broken)).rejects.toThrow('the source broke');
      });

      it('gives up staging when it is told to', async () => {
        const stop = new AbortController();
        const source = (async function* () {
          yield Buffer.alloc(100_000);
          stop.abort();
          yield Buffer.alloc(100_000);
          yield Buffer.alloc(100_000);
        })();
        await fails(ports.stage(source, stop.signal), 'aborted');
      });
    });

    describe('follow and scan', () => {
      it('yields every position in order, from the past into the present, until it is told to stop', async () => {
        const slots = Array.from({ length: 6 }, () => randomBytes(24));
        await commit([put(slots[0] as Bytes, '0')]);
        const stop = new AbortController();
        const seen: AppliedBatch[] = [];
        const following = (async () => {
          for await (const batch of ports.follow(mainLog, 1, stop.signal)) {
            seen.push(batch);
            const written = seen.flatMap((one) => one.transactions).length;
            if (written === slots.length + 1) stop.abort();
          }
        })();
        for (const [index, slot] of slots.entries()) if (index > 0) await commit([put(slot, `${index}`)]);
        await following;
        expect(seen.map(({ position }) => position)).toEqual(seen.map((_, index) => index + 1));
        const operations = seen.flatMap(({ transactions }) => transactions.flatMap((one) => one.operations));
        expect(operations[0]?.kind).toBe('create-domain');
        const puts = operations.slice(1) as Extract<Operation, { kind: 'add-vertex' }>[];
        expect(puts.map((one) => Buffer.from(one.slot))).toEqual(slots);
        expect(puts.map((one) => Buffer.from(one.payload).toString())).toEqual([
          '0',
          '1',
          '2',
          '3',
          '4',
          '5',
        ]);
      });

      it('tells refusals to followers and does not tell a repeated id twice', async () => {
        const sent = await transaction([put(randomBytes(24), 'x')], {
          expects: [{ domain, slot: randomBytes(24), revision: 4096 }],
        });
        await ports.commit(sent);
        await ports.commit(sent);
        await commit([]);
        const last = await ports.position();
        const stop = new AbortController();
        const outcomes: string[] = [];
        for await (const { position, transactions } of ports.follow(mainLog, 2, stop.signal)) {
          for (const { outcome } of transactions) outcomes.push(outcome.status);
          if (position === last) stop.abort();
        }
        expect(outcomes).toEqual(['refused', 'applied']);
      });

      it('ends a follower that waits when it is told to stop', async () => {
        const stop = new AbortController();
        const next = (await ports.position()) + 1;
        const iterator = ports.follow(mainLog, next, stop.signal)[Symbol.asyncIterator]();
        const waiting = iterator.next();
        stop.abort();
        expect((await waiting).done).toBe(true);
      });

      it('scans the live atoms of one domain in slot order', async () => {
        const slots = Array.from({ length: 50 }, () => randomBytes(24));
        await Promise.all(slots.map((slot, index) => commit([put(slot, `${index}`)])));
        const gone = slots.pop() as Buffer;
        const note = Buffer.alloc(0);
        await commit([{ kind: 'remove-vertex', domain, slot: gone, incarnation: gone.subarray(0, 8), note }]);
        const other = randomBytes(32);
        await commit([create(other), { ...put(randomBytes(24), 'elsewhere'), domain: other } as Operation]);
        const found: Buffer[] = [];
        for await (const { slot, atom } of ports.scan(domain)) {
          expect(atom.kind).toBe('vertex');
          found.push(Buffer.from(slot));
        }
        expect(found).toEqual([...slots].sort(Buffer.compare));
      });

      it('lets a scan be left early', async () => {
        await Promise.all(
          Array.from({ length: 50 }, () => commit([put(randomBytes(24), 'x'.repeat(50_000))])),
        );
        let seen = 0;
        for await (const _ of ports.scan(domain)) if (++seen === 3) break;
        expect(seen).toBe(3);
        expect(await ports.position()).toBeGreaterThan(0);
      });
    });

    describe('leases', () => {
      const durationMs = 6000;
      const lease = (holder: string, signal?: AbortSignal) =>
        ports.lease({
          domain,
          resource: 'engine',
          holder: Buffer.from(holder),
          durationMs,
          ...(signal === undefined ? {} : { signal }),
        });

      it('fences transactions by the term of the holder', async () => {
        const held = await lease('first');
        expect(held.term).toBe(1);
        expect(held.left()).toBeGreaterThan(0);
        const fence = { domain, resource: 'engine', term: 1 };
        expect((await commit([put(randomBytes(24), 'x')], { fence })).outcome.status).toBe('applied');
        const stale = { ...fence, term: 2 };
        expect((await commit([put(randomBytes(24), 'x')], { fence: stale })).outcome).toEqual({
          status: 'refused',
          reason: 'stale-term',
          index: -1,
        });
        await held.release();
        expect(held.lost.aborted).toBe(true);
        expect(held.left()).toBe(0);
      });

      it('stays with its holder while it renews, and passes on when it is released', async () => {
        const first = await lease('first');
        let second: Awaited<ReturnType<typeof lease>> | undefined;
        const waiting = lease('second').then((held) => {
          second = held;
        });
        for (let step = 0; step < 30; step++) await node.advance(durationMs / 10);
        expect(second).toBeUndefined();
        expect(first.lost.aborted).toBe(false);
        await first.release();
        await waiting;
        expect(second?.term).toBe(2);
        await second?.release();
      });

      it('passes to a challenger one whole duration after the last renewal, when the holder has stopped', async () => {
        const first = await lease('first');
        let at: number | undefined;
        let elapsed = 0;
        const waiting = lease('second').then((held) => {
          at = elapsed;
          return held;
        });
        await node.advance(0);
        first.abandon();
        let stopped: number | undefined;
        first.lost.addEventListener('abort', () => {
          stopped = elapsed;
        });
        while (at === undefined) {
          elapsed += durationMs / 20;
          await node.advance(durationMs / 20);
          expect(elapsed).toBeLessThan(durationMs * 3);
        }
        const second = await waiting;
        expect(second.term).toBe(2);
        expect(first.lost.aborted).toBe(true);
        expect(stopped as number).toBeLessThanOrEqual(at);
        await second.release();
      });

      it('goes at once to the same holder under the next term', async () => {
        const first = await lease('same');
        const second = await lease('same');
        expect(second.term).toBe(2);
        await node.advance(0);
        expect(first.lost.aborted).toBe(true);
        await second.release();
      });

      it('gives up waiting when it is told to', async () => {
        const held = await lease('first');
        const stop = new AbortController();
        const waiting = lease('second', stop.signal);
        stop.abort();
        await fails(waiting, 'aborted');
        await held.release();
      });
    });

    it('has no prover and runs no jobs', async () => {
      await fails(ports.prove({ domain, slot: randomBytes(24) }), 'not-supported');
      await fails(ports.job({ kind: 'sign', payload: Buffer.alloc(1) }), 'not-supported');
    });
  });
}

/** Buffers and plain arrays of bytes alike. */
function plain(result: CommitResult): unknown {
  return JSON.parse(
    JSON.stringify(result, (_key, value) => {
      const isBytes = value instanceof Uint8Array || value?.type === 'Buffer';
      return isBytes ? Buffer.from(value.data ?? value).toString('hex') : value;
    }),
  );
}

/** Written out here a second time, from the contract: `hypergate/certificate/v1` ‖ log ‖ position ‖ rank ‖ hashes. */
function certificateMessage(certificate: CommitCertificate): Buffer {
  const numbers = Buffer.alloc(16);
  numbers.writeBigUInt64BE(BigInt(certificate.position), 0);
  numbers.writeBigUInt64BE(BigInt(certificate.rank), 8);
  return Buffer.concat([
    Buffer.from('hypergate/certificate/v1'),
    certificate.log,
    numbers,
    certificate.previousHash,
    certificate.batchHash,
  ]);
}

function publicKey(tagged: TaggedKey): ReturnType<typeof createPublicKey> {
  expect(tagged[0]).toBe(Tag.ed25519PublicKey);
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), tagged.subarray(1)]);
  return createPublicKey({ key: der, format: 'der', type: 'spki' });
}
