/** Functions of runtime `mpc`, made and called through the API: with somebody else on the other side, and with all parties here. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { freePort } from '@hypergate/node/sim/ports';
import { afterAll, expect, test } from 'vitest';
import { defaultIdentity, only, repositoryRoot } from '../../lib/gateway.ts';
import { runCommand } from '../../lib/proofs.ts';
import { lambdaSuite } from './suite.ts';

const suite = lambdaSuite({ env: only('lambda', 's3', 'sts', 'mpc') });
const folder = mkdtempSync(join(tmpdir(), 'lambda-mpc-'));
afterAll(() => rmSync(folder, { recursive: true }));

const example = (name: string): Record<string, string> => {
  const at = join(repositoryRoot, 'services', 'lambda', 'mpc', 'examples', name);
  return Object.fromEntries(
    ['function.mpc.ts', 'mpc.json'].map((file) => [file, readFileSync(join(at, file), 'utf8')]),
  );
};

const make = (name: string, files: Record<string, string>) =>
  suite.make(name, files, { Runtime: 'mpc' as never, Handler: 'mpc.json', Timeout: 60 });

test('all parties are played here, and the answer says so', async () => {
  await make('average-salary', example('average-salary'));
  const { value, error } = await suite.invoke('average-salary', {
    as: ['alice', 'bob', 'carol'],
    inputs: { alice: { salary: 5200 }, bob: { salary: 4100 }, carol: { salary: 6000 } },
  });
  expect(error).toBeUndefined();
  expect(value).toMatchObject({
    outputs: { alice: { average: 5100 }, bob: { average: 5100 }, carol: { average: 5100 } },
    parties: 'local',
    level: 'three-party',
    circuit: expect.stringMatching(/^01[0-9a-f]{64}$/),
    transcriptHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    recorded: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
});

const richer = {
  'function.mpc.ts': `import type { u32 } from 'hypergate:mpc';
export default function main(alice: { worth: u32 }, bob: { worth: u32 }) {
  return { all: { aliceIsRicher: alice.worth > bob.worth } };
}
`,
  'mpc.json': JSON.stringify({
    parties: ['alice', 'bob'],
    outputs: { alice: ['aliceIsRicher'], bob: ['aliceIsRicher'] },
    level: 'malicious',
    self: 'alice',
    inputs: { alice: { s3: 'arn:aws:s3:::private/alice.json' } },
  }),
};

test('an agent of the other party joins, the gateway takes its input from a bucket, and only the output is learned', async () => {
  const { accessKeyId, secretAccessKey, region } = defaultIdentity;
  const credentials = { accessKeyId, secretAccessKey };
  const s3 = new S3Client({ endpoint: suite.target.endpoint, region, credentials, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'private' }));
  await s3.send(new PutObjectCommand({ Bucket: 'private', Key: 'alice.json', Body: '{"worth":1234567891}' }));
  s3.destroy();
  await make('richer', richer);
  const data = ['--data-dir', suite.target.dataDir];
  const key = (await runCommand(['mpc', 'key', ...data])).out.trim();
  const bob = (await runCommand(['mpc', 'identity', 'bob.key'], { cwd: folder })).out.trim();
  const session = {
    name: 'worth-1',
    level: 'malicious',
    parties: [
      { name: 'alice', key, address: `127.0.0.1:${await freePort()}` },
      { name: 'bob', key: bob },
    ],
  };
  writeFileSync(join(folder, 'session.json'), JSON.stringify(session));
  writeFileSync(join(folder, 'bob.json'), '{"worth":1234567890}');
  // The commitment is what parties agree on; a first answer tells it.
  const alone = await suite.invoke('richer', {
    as: ['alice', 'bob'],
    inputs: { bob: { worth: 2 } },
  });
  const { circuit } = alone.value as { circuit: string };
  const [invoked, joined] = await Promise.all([
    suite.invoke('richer', { session }, { LogType: 'Tail' }),
    runCommand(
      [
        ...['mpc', 'join', circuit, '--session', 'session.json', '--as', 'bob', '--identity', 'bob.key'],
        ...['--inputs', 'bob.json', '--receipt', 'receipt.json', ...data],
      ],
      { cwd: folder },
    ),
  ]);
  expect(joined).toMatchObject({ code: 0 });
  expect(JSON.parse(joined.out)).toEqual({ aliceIsRicher: true });
  expect(invoked.error).toBeUndefined();
  expect(invoked.value).toMatchObject({
    outputs: { aliceIsRicher: true },
    party: 'alice',
    level: 'malicious',
    circuit,
  });
  const { transcriptHash, recorded } = invoked.value as { transcriptHash: string; recorded: string };
  expect(transcriptHash).toMatch(/^[0-9a-f]{64}$/);
  expect(recorded).toMatch(/^[0-9a-f]{64}$/);
  expect(invoked.log).not.toMatch(/123456789/);
  expect(suite.target.output()).not.toMatch(/123456789/);
});

test('a source that does not compile is refused with its place, and runtimes do not change to it', async () => {
  const broken = {
    ...richer,
    'function.mpc.ts': richer['function.mpc.ts'].replace('bob.worth', 'bob.wealth'),
  };
  await expect(make('broken', broken)).rejects.toMatchObject({
    name: 'InvalidParameterValueException',
    message: expect.stringMatching(/function\.mpc\.ts:3:\d+/),
  });
  await suite.make('plain', 'export const handler = async () => 1;');
  await expect(
    suite.lambda.send(
      new UpdateFunctionConfigurationCommand({ FunctionName: 'plain', Runtime: 'mpc' as never }),
    ),
  ).rejects.toMatchObject({ name: 'InvalidParameterValueException' });
  await expect(suite.invoke('average-salary', {}, { InvocationType: 'Event' })).rejects.toMatchObject({
    name: 'InvalidParameterValueException',
  });
});
