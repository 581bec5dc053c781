/** Custodians in their processes, as an operator sees them. */
import { setTimeout as delay } from 'node:timers/promises';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { type Custodians, custodiansSchema } from '@hypergate/openapi/admin';
import { afterEach, expect, test } from 'vitest';
import { statusText } from '../cli/custodians.ts';
import { run, type StartedGateway, start } from './gateway-process.ts';
import { temporaryFolder } from './temporary.ts';

const clients: KMSClient[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.destroy();
});

function kms({ endpoint }: StartedGateway): KMSClient {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new KMSClient({ endpoint, region: 'us-east-1', credentials });
  clients.push(client);
  return client;
}

async function statusOf({ adminEndpoint }: StartedGateway) {
  const answer = await fetch(`${adminEndpoint}/custodians`);
  return custodiansSchema.parse(await answer.json());
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await delay(20);
}

test('status, metrics and a refresh of keys, over the command line and after a custodian was killed', async () => {
  const dataDir = await temporaryFolder();
  const gateway = await start([
    '--data-dir',
    dataDir,
    '--services',
    'kms,s3',
    '--proofs',
    'off',
    '--custodians',
    '4',
  ]);
  const client = kms(gateway);
  for (const KeySpec of ['SYMMETRIC_DEFAULT', 'ECC_NIST_P256', 'HMAC_256'] as const) {
    const KeyUsage =
      KeySpec === 'HMAC_256'
        ? 'GENERATE_VERIFY_MAC'
        : KeySpec === 'ECC_NIST_P256'
          ? 'SIGN_VERIFY'
          : undefined;
    await client.send(new CreateKeyCommand({ KeySpec, KeyUsage }));
  }
  await until(async () => (await statusOf(gateway)).custodians.every(({ state }) => state === 'ready'));
  const before = await statusOf(gateway);
  expect(before).toMatchObject({ epoch: 0, threshold: 1, refresh: { periodSeconds: 604_800, failed: 0 } });
  expect(before.custodians.map(({ keys }) => keys)).toEqual([3, 3, 3, 3]);

  process.kill(before.custodians[1]!.pid!, 'SIGKILL');
  const refreshed = await run(['custodians', 'refresh', '--data-dir', dataDir]);
  expect(refreshed).toMatchObject({ code: 0, out: '3 keys have new shares\n' });
  await until(async () => (await statusOf(gateway)).custodians.every(({ state }) => state === 'ready'));

  const shown = await run(['custodians', 'status', '--data-dir', dataDir]);
  expect(shown.code).toBe(0);
  expect(shown.out).toMatch(/^1 +ready +\d+\.\d ms +3 +0 +\d+$/m);
  expect(shown.out).toMatch(/^keys get new shares every 168 h: all by 20/m);
  expect(await run(['custodians', 'accept', '3', '--data-dir', dataDir])).toMatchObject({
    code: 1,
    error: 'hypergate: no custodian 3 is accused\n',
  });
  expect((await run(['custodians', 'accept', 'x', '--data-dir', dataDir])).code).toBe(2);

  const metrics = await (await fetch(`${gateway.adminEndpoint}/metrics`)).text();
  expect(metrics).toContain('hypergate_custodians{state="ready"} 4\n');
  expect(metrics).toContain('hypergate_custody_tasks_total{kind="create",outcome="done"} 3\n');
  expect(metrics).toMatch(/^hypergate_custody_refreshed_total [34]$/m);
  expect(metrics).toMatch(/^hypergate_custody_refresh_age_seconds \d/m);
  expect(metrics).toContain('hypergate_custody_prepared{scheme="ecdsa-p256"}');
});

test('without custodians the operator is told so', async () => {
  const dataDir = await temporaryFolder();
  await start(['--data-dir', dataDir, '--services', 's3', '--proofs', 'off']);
  const shown = await run(['custodians', 'status', '--data-dir', dataDir]);
  expect(shown).toMatchObject({ code: 1 });
  expect(shown.error).toContain('KMS is off');
  const [inUse, wrong] = await Promise.all([
    run(['custodians', 'replace', '2', '--data-dir', dataDir]),
    run(['custodians', 'replace', 'two', '--data-dir', dataDir]),
  ]);
  expect(inUse).toMatchObject({ code: 1, out: '' });
  expect(inUse.error).toMatch(/^hypergate: the data directory .* is in use by process \d+ /);
  expect(wrong).toMatchObject({ code: 2, error: 'hypergate: the custodian is a number from 1 on\n' });
});

test('where there are no custodians none can be replaced', async () => {
  const refused = await run(['custodians', 'replace', '2', '--data-dir', await temporaryFolder()]);
  expect(refused).toMatchObject({ code: 1 });
  expect(refused.error).toMatch(/^hypergate: there are no custodians yet: /);
});

test('status tells how far a replacement is', () => {
  const refresh = {
    periodSeconds: 0,
    running: true,
    keys: 3,
    failed: 0,
    waiting: 0,
    sinceStart: { refreshed: 3, recovered: 3, failed: 0 },
  };
  const text = (replacement: NonNullable<Custodians['replacement']>) =>
    statusText({ epoch: 2, threshold: 1, custodians: [], refresh, replacement });
  expect(text({ custodians: [2], stage: 'waiting', keys: 0 })).toContain(
    'epoch 2\ncustodian 2 replaced, not completed yet: waits until all custodians are ready\n',
  );
  expect(text({ custodians: [2, 3], stage: 'refreshing', keys: 3, keysLeft: 4 })).toContain(
    'custodians 2, 3 replaced, not completed yet: 3 keys have new shares so far, 4 are left\n',
  );
  expect(text({ custodians: [2], stage: 'lacking', keys: 0 })).toContain('what the old had is worthless');
});
