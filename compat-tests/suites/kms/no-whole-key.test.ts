/**
 * Keys of every scheme, after uses, rotations and a refresh, are whole nowhere: made whole here, from the shares on the custodians' disks,
 * and then looked for in the memory of every process and in every file of the data directory. So are keys that their owners brought in,
 * which the gateway had for a moment: there what its engine's integers and texts leave behind is not looked for (SECURITY.md).
 */
import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { keySchemes } from '@hypergate/node/api';
import { expect, test } from 'vitest';
import { adminCustodians, adminEndpoint } from '../../lib/admin.ts';
import { childrenOf } from '../../lib/custodians.ts';
import { bitFormsOf, formsOf, SecretSearch } from '../../lib/secret-search.ts';
import { makeKeptKeys, useKeys } from './kept-keys.ts';
import { kmsSuite } from './suite.ts';
import { broughtForms, wholeForms } from './whole-forms.ts';
import { readShares } from './whole-keys.ts';

/** With all services, as users have it: none of their processes has a key either. */
const suite = kmsSuite({ env: { HYPERGATE_SERVICES: 'all' } });

test('the search finds what is planted: bytes, integers and texts in another process, and in a file', async () => {
  const secret = randomBytes(32);
  const search = new SecretSearch([...formsOf('planted', secret), ...bitFormsOf('planted', secret)]);
  const holder = fork(new URL('./secret-holder.mjs', import.meta.url), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  try {
    await once(holder, 'message');
    expect(search.inProcess(holder.pid!).found.size).toBe(0);
    // Word by word, so that this message is none of the forms.
    holder.send([...secret].map((byte) => byte ^ 0x5a));
    await once(holder, 'message');
    const { found } = search.inProcess(holder.pid!);
    for (const form of ['big-endian', 'little-endian', 'hex', 'base64', 'base64 behind 1', 'bits'])
      expect([...found]).toContain(`planted, ${form}`);
  } finally {
    holder.kill('SIGKILL');
  }
  for (const before of [100_000, 100_001, 100_002, 100_003]) {
    const bytes = Buffer.concat([randomBytes(before), secret, randomBytes(7)]);
    expect(search.inBytes(bytes).size).toBe(1);
    expect(search.inBytes(bytes.subarray(3)).size).toBe(1);
    expect(search.inBytes(bytes.subarray(0, before + 20)).size).toBe(0);
  }
});

/** Waits until all keys have new shares. */
async function refresh(count: number): Promise<void> {
  const before = (await adminCustodians(suite.target)).refresh;
  await fetch(`${adminEndpoint(suite.target)}/custodians/refresh`, { method: 'POST' });
  for (;;) {
    const { refresh: now } = await adminCustodians(suite.target);
    if (!now.running && now.lastEnded !== undefined && now.lastEnded !== before.lastEnded) {
      expect(now).toMatchObject({ keys: count, failed: 0 });
      return;
    }
    await sleep(100);
  }
}

test('no process and no file has a whole key', async () => {
  const keys = await makeKeptKeys(suite.kms);
  await useKeys(keys);
  const schemes = keys.flatMap((key) => key.schemes);
  await refresh(schemes.length);
  await useKeys(keys);

  const shares = [...(await readShares(suite.target.dataDir)).values()];
  expect(shares.map((one) => one.get(1)!.scheme).sort()).toEqual(schemes.sort());
  expect(new Set(schemes)).toEqual(new Set(keySchemes));
  const custodianShares = shares.flatMap((one) => [...one.values()]);
  expect(new Set(custodianShares.map(({ generation }) => generation))).toEqual(new Set([1]));
  const forms = [...shares.flatMap((one) => wholeForms(one, keys)), ...broughtForms(keys)];
  const everything = new SecretSearch(forms);
  expect(everything.size).toBeGreaterThan(800);
  const inGateway = new SecretSearch(forms.filter(({ passed }) => !passed));
  expect(inGateway.size).toBeGreaterThan(everything.size / 2);

  const pids = [suite.target.pid, ...childrenOf(suite.target.pid)];
  // The gateway, its custodians, and the engine of Redis.
  expect(pids.length).toBeGreaterThanOrEqual(6);
  const commandOf = (pid: number) => readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  expect(pids.map(commandOf).filter((line) => line.includes('custodian'))).toHaveLength(4);
  for (const pid of pids) {
    const search = pid === suite.target.pid ? inGateway : everything;
    const { found, bytes: looked } = search.inProcess(pid);
    expect([...found], `process ${commandOf(pid)}`).toEqual([]);
    // Shells that hold namespaces for functions are small.
    if (commandOf(pid).includes('node')) expect(looked).toBeGreaterThan(10 << 20);
  }
  const { found, bytes: looked } = everything.inFolder(suite.target.dataDir);
  expect(found).toEqual([]);
  expect(looked).toBeGreaterThan(100_000);
});
