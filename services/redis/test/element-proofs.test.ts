/** Proofs of large collections and of their elements, through the service: what they say, and what is refused. */
import { ProofUnavailable } from '@hypergate/kit';
import { type ProofClaim, verifyDocument } from '@hypergate/table/verify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeProof } from '../verify/index.ts';
import { openWorld, type World } from './support/service-harness.ts';

let world: World;

async function documentOf(target: string): Promise<string> {
  const { prove } = world.service;
  return prove!.call(world.service, { target, discloseAddressKeys: true, delay: false });
}

async function proven(target: string): Promise<ProofClaim & { readonly subject: string }> {
  const { prover } = world;
  const document = verifyDocument(await documentOf(target), prover.trustRoot, prover.verifier);
  return { ...describeProof(document), subject: document.subject };
}

async function refusal(target: string): Promise<string> {
  const error = await documentOf(target).catch((reason: unknown) => reason);
  if (!(error instanceof ProofUnavailable)) throw new Error('no refusal', { cause: error });
  expect(error.status).toBe(400);
  return error.message;
}

const plainOf = ({ content }: ProofClaim): Buffer =>
  Buffer.concat(
    (content ?? []).map((chunk) => (chunk.kind === 'inline' ? chunk.plain : Buffer.from('sealed'))),
  );

beforeAll(async () => {
  world = await openWorld();
  const client = world.client({ enableReadyCheck: false });
  const count = 8000;
  const numbers = Array.from({ length: count }, (_, i) => i);
  await client.hset('large hash', Object.fromEntries(numbers.map((i) => [`field:${i}`, `value ${i}`])));
  await client.sadd('large set', ...numbers.map((i) => `member:${i}`));
  await client.zadd('large zset', ...numbers.flatMap((i) => [i / 4, `member:${i}`]));
  await client.zadd('large zset', '-inf', 'lowest');
  await client.rpush('large list', ...numbers.map((i) => `item ${i}`));
  await client.hset('large hash', Buffer.from([0, 255, 63]), Buffer.from([1, 254]));
  await client.call('HPEXPIREAT', 'large hash', '4000000000000', 'FIELDS', '1', 'field:7');
  await client.hset('small?', { a: 'b', 'c?element=d': 'e' });
  await client.set('string', 'text');
  for (let i = 0; i < 30; i++) await client.sadd('long set', String(i).repeat(50_000), `short ${i}`);
  await client.hset(
    'long hash',
    Object.fromEntries(numbers.slice(0, 4).map((i) => [`f${i}`, 'x'.repeat(300_000)])),
  );
});

afterAll(() => world.close());

describe('a large collection', () => {
  test('is shown by its size and a digest of its segments', async () => {
    const { statement, facts, content } = await proven('redis://0/large hash');
    expect(statement).toBe('"large%20hash" in database 0 holds this hash');
    const named = Object.fromEntries(facts);
    expect(named).toMatchObject({ type: 'hash', elements: '8001', expires: 'never' });
    expect(Number(named.segments)).toBeGreaterThan(10);
    expect(Number(named.bytes)).toBeGreaterThan(8000 * 15);
    expect(named['digest of segments']).toMatch(/^[0-9a-f]{64}$/);
    expect(content).toBeUndefined();
    expect(Object.fromEntries((await proven('redis://0/large list')).facts)).toMatchObject({
      type: 'list',
      elements: '8000',
    });
  });

  test('has another digest when anything changes', async () => {
    const client = world.client({ enableReadyCheck: false });
    const digest = async () =>
      Object.fromEntries((await proven('redis://0/large set')).facts)['digest of segments'];
    const before = await digest();
    expect(await digest()).toBe(before);
    await client.sadd('large set', 'one more');
    expect(await digest()).not.toBe(before);
  });
});

describe('an element', () => {
  test('of a hash is shown with its value and when it expires', async () => {
    const claim = await proven('redis://0/large hash?element=field:4321');
    expect(claim.subject).toBe('redis://0/large%20hash?element=field:4321');
    expect(claim.statement).toBe(
      'field "field:4321" of the hash "large%20hash" in database 0 holds this value',
    );
    expect(plainOf(claim).toString()).toBe('value 4321');
    expect(Object.fromEntries(claim.facts)).toMatchObject({ bytes: '10', 'field expires': 'never' });
    const expiring = await proven('redis://0/large hash?element=field:7');
    expect(Object.fromEntries(expiring.facts)['field expires']).toBe('2096-10-02T07:06:40.000Z');
    const binary = await proven('redis://0/large hash?element=%00%FF%3F');
    expect(binary.subject).toBe('redis://0/large%20hash?element=%00%FF%3F');
    expect([...plainOf(binary)]).toEqual([1, 254]);
  });

  test('is shown as it is at once after a change, while many change it', async () => {
    const client = world.client({ enableReadyCheck: false });
    for (let i = 0; i < 5; i++) {
      await client.hset('large hash', 'field:99', `turn ${i}`);
      const others = Promise.all(
        Array.from({ length: 300 }, (_, j) => client.hset('large hash', `field:${j * 20}`, `${i}`)),
      );
      expect(plainOf(await proven('redis://0/large hash?element=field:99')).toString()).toBe(`turn ${i}`);
      await others;
    }
  });

  test('of a set or sorted set is shown, with its score', async () => {
    expect((await proven('redis://0/large set?element=member:77')).statement).toBe(
      '"member:77" is a member of the set "large%20set" in database 0',
    );
    expect((await proven('redis://0/large zset?element=member:77')).statement).toBe(
      '"member:77" is a member of the sorted set "large%20zset" in database 0 with score 19.25',
    );
    expect((await proven('redis://0/large zset?element=lowest')).statement).toContain('with score -inf');
  });

  test('that is not there is shown by all segments', async () => {
    const { statement, content } = await proven('redis://0/large hash?element=nobody');
    expect(statement).toBe('there is no field "nobody" in the hash "large%20hash" in database 0');
    expect(content).toBeUndefined();
    expect((await proven('redis://0/large zset?element=')).statement).toBe(
      'there is no member "" in the sorted set "large%20zset" in database 0',
    );
  });

  test('of a small collection, and of a key that is not there', async () => {
    const { subject, statement } = await proven('redis://0/small%3F?element=a');
    expect(subject).toBe('redis://0/small%3F?element=a');
    expect(statement).toBe('field "a" of the hash "small%3F" in database 0 holds this value');
    const odd = await proven('redis://0/small%3F?element=c?element=d');
    expect(plainOf(odd).toString()).toBe('e');
    expect((await proven('redis://0/small%3F?element=b')).statement).toContain('there is no field "b"');
    expect((await proven('redis://0/nothing?element=a')).statement).toBe(
      'there is no key "nothing" in database 0',
    );
  });

  test('of which no proof can be made is refused in words', async () => {
    expect(await refusal('redis://0/string?element=a')).toContain('only hashes, sets and sorted sets');
    expect(await refusal('redis://0/large list?element=a')).toContain('only hashes, sets and sorted sets');
    expect(await refusal('redis://0/long set?element=nobody')).toMatch(/takes all \d+ segments of \d+ bytes/);
    expect(await refusal('redis://0/long hash?element=f1')).toContain('the element cannot be proven alone');
    expect((await proven('redis://0/long set?element=short%209')).statement).toContain('is a member');
  });
});

test('records are as they were after the engine was killed', async () => {
  const client = world.client({ enableReadyCheck: false });
  await client.hset('large hash', 'after', 'too');
  await proven('redis://0/large hash');
  process.kill(world.enginePid(), 'SIGKILL');
  await client.hset('large hash', 'after', 'all');
  const claim = await proven('redis://0/large hash?element=after');
  expect(plainOf(claim).toString()).toBe('all');
});
