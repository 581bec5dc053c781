/** What documents about elements of large collections are held to: every row, every byte of it, and nothing more. */
import { ProofRefused } from '@hypergate/node/verifier';
import type { ProofClaim, VerifiedDocument, VerifiedRecord } from '@hypergate/table/verify';
import { beforeAll, describe, expect, test } from 'vitest';
import { hashType } from '../engine/types/hash-type.ts';
import type { HashValue } from '../engine/types/hash-value.ts';
import { recordSubjects } from '../store/proof-subjects.ts';
import { describeProof, redisDomain } from '../verify/index.ts';
import { seededRandom } from './support/engine-harness.ts';
import { RecordWorld } from './support/record-world.ts';
import { placeOfRow } from './support/table-model.ts';

const count = 20_000;
let world: RecordWorld;

beforeAll(async () => {
  world = new RecordWorld(1);
  world.run('hset', 'key', ...Array.from({ length: count }, (_, i) => [`field:${i}`, `value ${i}`]).flat());
  world.endTurn();
  await world.foldAll();
});

/** The rows that a proof of the element is made of. */
async function rowsOf(element: string | undefined): Promise<VerifiedRecord[]> {
  const hash = world.engine.databases[0]!.peek('key') as HashValue;
  const found = element === undefined ? undefined : hashType.segments!.segmentOf!(hash, element);
  const { domain } = world.model.modules;
  const query = { element: element === undefined ? undefined : Buffer.from(element), found };
  const subjects = await recordSubjects(domain, 0, Buffer.from('key'), query);
  return subjects.map((subject) => {
    if (subject.kind !== 'record') throw new Error('a proof of records alone');
    const { table, key } = subject;
    return {
      domain: redisDomain,
      slot: new Uint8Array(24),
      incarnation: new Uint8Array(8),
      revision: 1,
      chunks: [],
      table: table.name,
      ...key,
      rowVersion: 1,
      row: world.model.rows(table.name).get(placeOfRow(key))!,
    };
  });
}

function claimOf(element: string | undefined, records: readonly VerifiedRecord[]): ProofClaim {
  const subject = element === undefined ? 'redis://0/key' : `redis://0/key?element=${element}`;
  const document = {
    subject,
    records,
    relations: [],
    chunks: [],
    absences: [],
    addresses: [],
    namesBound: true,
  };
  return describeProof(document as unknown as VerifiedDocument);
}

describe('a document about an element', () => {
  test('has the record, a page and the segment', async () => {
    const rows = await rowsOf('field:12345');
    expect(rows.map(({ table }) => table)).toEqual(['redis.keys', 'redis.segments', 'redis.segments']);
    expect(claimOf('field:12345', rows).statement).toContain('holds this value');
  });

  test('is refused without any of its rows, and with one more', async () => {
    const rows = await rowsOf('field:12345');
    for (const left of rows) {
      const others = rows.filter((row) => row !== left);
      expect(() => claimOf('field:12345', others)).toThrow(ProofRefused);
    }
    const all = await rowsOf('nobody');
    const more = all.find((row) => rows.every((each) => each.row !== row.row))!;
    expect(() => claimOf('field:12345', [...rows, more])).toThrow('more than it is about');
    expect(() => claimOf(undefined, rows)).toThrow('more than it is about');
  });

  test('is refused when a bit of what the record names is another', async () => {
    const random = seededRandom(7);
    const rows = await rowsOf('field:12345');
    for (let i = 0; i < 400; i++) {
      const at = 1 + Math.floor(random() * (rows.length - 1));
      const row = Buffer.from(rows[at]!.row);
      row[Math.floor(random() * row.length)]! ^= 1 << Math.floor(random() * 8);
      const changed = rows.with(at, { ...rows[at]!, row });
      expect(() => claimOf('field:12345', changed), `${i}`).toThrow(ProofRefused);
    }
  });

  test('whose record is another says so or is refused', async () => {
    const random = seededRandom(8);
    const rows = await rowsOf('field:12345');
    for (let i = 0; i < 400; i++) {
      const row = Buffer.from(rows[0]!.row);
      row[Math.floor(random() * row.length)]! ^= 1 << Math.floor(random() * 8);
      try {
        const { content } = claimOf('field:12345', rows.with(0, { ...rows[0]!, row }));
        expect(content).toEqual(claimOf('field:12345', rows).content);
      } catch (error) {
        expect(error).toBeInstanceOf(ProofRefused);
      }
    }
  });

  test('that is not there needs every segment', async () => {
    const rows = await rowsOf('nobody');
    expect(rows.length).toBeGreaterThan(70);
    expect(claimOf('nobody', rows).statement).toBe(
      'there is no field "nobody" in the hash "key" in database 0',
    );
    for (const left of rows) {
      const others = rows.filter((row) => row !== left);
      expect(() => claimOf('nobody', others)).toThrow(ProofRefused);
    }
    // All segments are proven, and it is in one of them: then the others are of no use.
    expect(() => claimOf('field:1', rows)).toThrow('more than it is about');
  });
});

describe('subjects', () => {
  test.each([
    'redis://0/a?b',
    'redis://0/a?element',
    'redis://0/a?element=b?',
    'redis://0/a%3f?element=b',
    'redis://0/a?element=b c',
    'redis://16/a?element=b',
    'redis://0/a?element=%41',
  ])('%s is not canonical', (subject) => {
    const document = { subject, records: [], relations: [], chunks: [], absences: [], addresses: [] };
    expect(() => describeProof(document as unknown as VerifiedDocument)).toThrow(ProofRefused);
  });
});
