/**
 * A gateway that is killed when it has committed a control call and before its custodians heard of it: they are stopped (SIGSTOP) until
 * it is gone. At the next start the call is handed over and stands; or custodians refuse it, since who called is not known any more,
 * and then it is as if it had not been made.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeKeyCommand, DisableKeyCommand, EnableKeyCommand } from '@aws-sdk/client-kms';
import { freePort } from '@hypergate/node/sim/ports';
import { afterEach, expect, test } from 'vitest';
import { custodianPids, untilCustodians } from '../../lib/custodians.ts';
import { type GatewayOptions, only, startGateway } from '../../lib/gateway.ts';
import { createKey, kmsClient } from '../../lib/kms-client.ts';
import type { Target } from '../../lib/target.ts';
import { custodians } from './suite.ts';

const end: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const work of end.splice(0).reverse()) await work();
});

async function start(options: GatewayOptions = {}): Promise<{ target: Target; adminPort: number }> {
  const adminPort = await freePort();
  const env = { ...only('kms', 'sts'), HYPERGATE_ADMIN_PORT: String(adminPort), ...options.env };
  const target = await startGateway({ custodians, ...options, env });
  end.push(() => target.dispose());
  await untilCustodians(target.pid, custodians);
  return { target, adminPort };
}

async function metric(adminPort: number, name: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text();
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  return Number(line?.slice(name.length));
}

async function until(what: () => Promise<boolean>): Promise<void> {
  for (const limit = performance.now() + 120_000; !(await what()); await sleep(50))
    if (performance.now() > limit) throw new Error('it did not come to that in time');
}

const kmsOf = (target: Target, secretAccessKey: string = target.identity.secretAccessKey) => {
  const kms = kmsClient(target, { credentials: { ...target.identity, secretAccessKey } });
  end.push(async () => kms.destroy());
  const state = async (KeyId: string) =>
    (await kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.KeyState;
  return { kms, state };
};

/** A key whose DisableKey was committed by a gateway that is gone. */
async function killed(): Promise<{ readonly KeyId: string; readonly dataDir: string }> {
  const { target, adminPort } = await start();
  const { kms } = kmsOf(target);
  const { KeyId } = await createKey(kms, {});
  const pids = [...custodianPids(target.pid).values()];
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  // From then on nothing is sent to them: what waits in a socket they would read when they go on.
  await until(async () => (await metric(adminPort, 'hypergate_custodians{state="ready"}')) === 0);
  const asked = kms.send(new DisableKeyCommand({ KeyId: KeyId! })).then(
    () => 'answered',
    () => 'broken',
  );
  await until(async () => (await metric(adminPort, 'hypergate_kms_open_control_calls')) === 1);
  await target.kill();
  for (const pid of pids) process.kill(pid, 'SIGCONT');
  expect(await asked).toBe('broken');
  return { KeyId: KeyId!, dataDir: target.dataDir };
}

test('its call stands after the next start', async () => {
  const { KeyId, dataDir } = await killed();
  const { target, adminPort } = await start({ dataDir });
  const { kms, state } = kmsOf(target);
  await until(async () => (await metric(adminPort, 'hypergate_kms_open_control_calls')) === 0);
  expect(await state(KeyId)).toBe('Disabled');
  await kms.send(new EnableKeyCommand({ KeyId }));
  expect(target.output()).not.toMatch(/"level":50/);
});

test('its call is void when nobody knows its caller any more, and the next ones are served', async () => {
  const { KeyId, dataDir } = await killed();
  const secret = 'another-secret';
  const env = { HYPERGATE_ACCESS_KEY_ID: 'test', HYPERGATE_SECRET_ACCESS_KEY: secret };
  const { target } = await start({ dataDir, env });
  const { kms, state } = kmsOf(target, secret);
  await until(async () => (await state(KeyId)) === 'Enabled');
  await kms.send(new DisableKeyCommand({ KeyId }));
  expect(await state(KeyId)).toBe('Disabled');
  expect(target.output()).toContain('a control call that custodians refuse is taken back');
});
