/** What `commit`, `outcome`, `read` and `domain` promise. */
import { createHash, createPublicKey, randomBytes, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  type CommitCertificate,
  type CommitResult,
  nodeLimits,
  type Operation,
  Tag,
  type TaggedKey,
} from '../index.ts';
import { fails, type PortsInUse, plain } from './ports-in-use.ts';

export function describeCommit(use: PortsInUse): void {
  const { domain } = use;
  describe('commit and read', () => {
    it('makes an atom readable with its revision when the commit resolves', async () => {
      const slot = randomBytes(24);
      const { outcome, position } = await use.commit([use.put(slot, 'first')]);
      expect(outcome.status).toBe('applied');
      const [atom, none] = await use.ports.read(
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
      await use.commit([edge]);
      const [atom] = await use.ports.read([{ domain, slot }], { at: 'linearizable' });
      expect(atom?.kind).toBe('hyperedge');
      expect(atom?.members.map((member) => Buffer.from(member))).toEqual(members);
    });

    it('applies a transaction whole or not at all, and names what refused it', async () => {
      const [first, second] = [randomBytes(24), randomBytes(24)];
      await use.commit([use.put(first, 'there')]);
      const other = { ...use.put(first, 'again'), incarnation: randomBytes(8) } as Operation;
      const { outcome } = await use.commit([use.put(second, 'new'), other]);
      expect(outcome).toEqual({ status: 'refused', reason: 'slot-occupied', index: 1 });
      expect(await use.payloadOf(second)).toBeUndefined();
    });

    it('lets exactly one of many writers win that expect the same revision', async () => {
      const slot = randomBytes(24);
      const { outcome } = await use.commit([use.put(slot, 'base')]);
      const revision = outcome.status === 'applied' ? outcome.revision : 0;
      const expects = [{ domain, slot, revision }];
      const results = await Promise.all(
        Array.from({ length: 32 }, (_, index) => use.commit([use.put(slot, `writer ${index}`)], { expects })),
      );
      const winners = results.flatMap(({ outcome }, index) => (outcome.status === 'applied' ? [index] : []));
      expect(winners.length).toBe(1);
      expect(await use.payloadOf(slot)).toBe(`writer ${winners[0]}`);
      for (const { outcome } of results) {
        if (outcome.status === 'refused') {
          expect(outcome).toEqual({ status: 'refused', reason: 'expectation-failed', index: 0 });
        }
      }
    });

    it('answers a repeated id with the first result and applies it once', async () => {
      const slot = randomBytes(24);
      const sent = await use.transaction([use.put(slot, 'once')]);
      const results = await Promise.all([use.ports.commit(sent), use.ports.commit(sent)]);
      await use.commit([use.put(slot, 'later')]);
      results.push(await use.ports.commit(sent));
      for (const result of results) expect(plain(result)).toEqual(plain(results[0] as CommitResult));
      expect(plain((await use.ports.outcome(sent.id)) as CommitResult)).toEqual(
        plain(results[0] as CommitResult),
      );
      expect(await use.payloadOf(slot)).toBe('later');
    });

    it('gives the signed batch that a certificate vouches for to whoever asks, and to nobody else', async () => {
      const quiet = await use.transaction([use.put(randomBytes(24), 'quiet')]);
      const asked = await use.transaction([use.put(randomBytes(24), 'asked')]);
      const refused = await use.transaction([], {
        expects: [{ domain, slot: randomBytes(24), revision: 4096 }],
      });
      const [without, ...results] = await Promise.all([
        use.ports.commit(quiet),
        use.ports.commit(asked, { withBatch: true }),
        use.ports.commit(refused, { withBatch: true }),
      ]);
      expect(Object.keys(without).sort()).toEqual(['certificate', 'outcome', 'position']);
      expect(results[1]?.outcome.status).toBe('refused');
      for (const [turn, sent] of [asked, refused].entries()) checkBatch(results[turn]!, sent.id);
    });

    it('gives a repeat of an id the batch of its first commit', async () => {
      const sent = await use.transaction([use.put(randomBytes(24), 'once')]);
      const together = await Promise.all([
        use.ports.commit(sent),
        use.ports.commit(sent, { withBatch: true }),
      ]);
      await use.commit([use.put(randomBytes(24), 'later')]);
      const later = await use.ports.commit(sent, { withBatch: true });
      checkBatch(together[1], sent.id);
      checkBatch(later, sent.id);
      expect(plain(later)).toEqual(plain(together[1]));
    });

    it('remembers a refusal, and knows nothing of an id that never came', async () => {
      const refused = await use.transaction([use.put(randomBytes(24), 'x')], {
        expects: [{ domain, slot: randomBytes(24), revision: 4096 }],
      });
      const result = await use.ports.commit(refused);
      expect(result.outcome).toEqual({ status: 'refused', reason: 'expectation-failed', index: 0 });
      expect((await use.ports.outcome(refused.id))?.outcome).toEqual(result.outcome);
      expect(await use.ports.outcome(randomBytes(16))).toBeUndefined();
    });

    it('refuses a transaction outside its window', async () => {
      const position = await use.ports.position();
      const { outcome } = await use.commit([], { validFrom: position + 100, validUntil: position + 200 });
      expect(outcome).toEqual({ status: 'refused', reason: 'outside-window', index: -1 });
    });

    it('does not take what is malformed', async () => {
      const sent = await use.transaction([use.put(randomBytes(24), 'x')]);
      await fails(use.ports.commit({ ...sent, id: randomBytes(15) }), 'malformed');
      await fails(use.ports.commit({ ...sent, validUntil: sent.validFrom - 1 }), 'malformed');
      await fails(use.ports.commit({ ...sent, operations: [use.put(randomBytes(23), 'x')] }), 'malformed');
      const large = use.put(randomBytes(24), Buffer.alloc(nodeLimits.payloadBytesMax + 1));
      await fails(use.ports.commit({ ...sent, operations: [large] }), 'malformed');
      expect(await use.ports.outcome(sent.id)).toBeUndefined();
    });

    it('reads many slots as of one position while transactions change them together', async () => {
      const slots = Array.from({ length: 20 }, () => randomBytes(24));
      const write = (round: number): Promise<CommitResult> =>
        use.commit(slots.map((slot) => use.put(slot, `${round}`)));
      await write(0);
      const writing = (async () => {
        for (let round = 1; round <= 20; round++) await write(round);
      })();
      for (let read = 0; read < 20; read++) {
        const atoms = await use.ports.read(
          slots.map((slot) => ({ domain, slot })),
          { at: 'linearizable' },
        );
        expect(new Set(atoms.map((atom) => Buffer.from(atom?.payload ?? []).toString())).size).toBe(1);
      }
      await writing;
    });

    it('holds a read at a position back until the position is applied', async () => {
      const slot = randomBytes(24);
      const next = (await use.ports.position()) + 1;
      const reading = use.ports.read([{ domain, slot }], { at: next });
      await use.commit([use.put(slot, 'arrived')]);
      const [atom] = await reading;
      expect(Buffer.from(atom?.payload ?? []).toString()).toBe('arrived');
    });

    it('refuses to read more slots than the limit', async () => {
      const slots = Array(nodeLimits.readSlotsMax + 1).fill({ domain, slot: randomBytes(24) });
      await fails(use.ports.read(slots, { at: 'linearizable' }), 'malformed');
    });

    it('gives consecutive positions certificates that chain by hash and carry valid signatures', async () => {
      let before: CommitCertificate | undefined;
      for (let round = 0; round < 3; round++) {
        const { certificate, position } = await use.commit([use.put(randomBytes(24), `${round}`)]);
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
      await use.commit([use.put(randomBytes(24), 'twelve bytes')]);
      const found = await use.ports.domain(domain);
      expect(found?.usage).toEqual({ atoms: 1, bytes: 64 + 12 });
      expect(Buffer.from(found?.payload ?? []).toString()).toBe('configuration');
      expect(found?.writerKeys.map((key) => Buffer.from(key))).toEqual([Buffer.from(use.writerKey)]);
      expect(await use.ports.domain(randomBytes(32))).toBeUndefined();
    });

    it('closes an empty domain for ever, and not one that holds an atom', async () => {
      const slot = randomBytes(24);
      const close: Operation = { kind: 'remove-domain', domain };
      await use.commit([use.put(slot, 'x')]);
      expect((await use.commit([close])).outcome).toMatchObject({ reason: 'domain-not-empty' });
      const incarnation = slot.subarray(0, 8);
      const remove: Operation = { kind: 'remove-vertex', domain, slot, incarnation, note: Buffer.alloc(0) };
      expect((await use.commit([remove, close])).outcome.status).toBe('applied');
      expect(await use.ports.domain(domain)).toBeUndefined();
      expect((await use.commit([use.create(domain)])).outcome).toMatchObject({ reason: 'domain-exists' });
      expect((await use.commit([use.put(slot, 'y')])).outcome).toMatchObject({ reason: 'domain-unknown' });
    });
  });
}

/** The batch is the certified one, its writer signed it, and it holds the transaction where it says; from the contract again. */
function checkBatch({ batch, indexInBatch, certificate, position }: CommitResult, id: Uint8Array): void {
  if (batch === undefined || indexInBatch === undefined) throw new Error('the batch is missing');
  const { writer, body, signature } = batch;
  const bodyHash = createHash('sha256').update(body).digest();
  const message = [Buffer.from('hypergate/batch/v1'), certificate.log, bodyHash];
  expect(verify(null, Buffer.concat(message), publicKey(writer), signature.subarray(1))).toBe(true);
  const label = Buffer.from('hypergate/signed-batch/v1');
  const all = Buffer.concat([label, certificate.log, writer, signature, bodyHash]);
  expect(certificate.position).toBe(position);
  expect(Buffer.from(certificate.batchHash.subarray(1))).toEqual(createHash('sha256').update(all).digest());
  const bytes = Buffer.from(body);
  let at = 3;
  for (let index = 0; index < indexInBatch; index += 1) at += 4 + bytes.readUInt32BE(at);
  expect(bytes.readUInt16BE(1)).toBeGreaterThan(indexInBatch);
  expect(bytes.subarray(at + 5, at + 21)).toEqual(Buffer.from(id));
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
