/** The network of a data directory lives as long as its keys: what was proven once is proven for ever. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { adminEndpoint, adminStatus } from '../../lib/admin.ts';
import { streamBytes } from '../../lib/content.ts';
import { type GatewayOptions, only, startGateway } from '../../lib/gateway.ts';
import {
  askProof,
  checkProof,
  FrameLedger,
  proveOk,
  quickFrames,
  readTrustRoot,
  runCommand,
} from '../../lib/proofs.ts';
import { S3Caller } from '../../lib/s3-caller.ts';
import type { Target } from '../../lib/target.ts';

type Start = (how: 'SIGTERM' | 'SIGKILL', env?: Readonly<Record<string, string>>) => Promise<Target>;

/** A gateway that is started again and again on one data directory. */
async function withGateway(options: GatewayOptions, run: (first: Target, again: Start) => Promise<void>) {
  let target = await startGateway(options);
  const { dataDir } = target;
  try {
    await run(target, async (how, env = {}) => {
      if (how === 'SIGTERM') expect(await target.stop()).toBe(0);
      else await target.kill();
      target = await startGateway({ dataDir, env: { ...options.env, ...env } });
      return target;
    });
  } finally {
    await target.dispose();
  }
}

async function put(target: Target, key: string, body: Buffer): Promise<void> {
  const caller = new S3Caller(target);
  await caller.ok({ method: 'PUT', path: '/kept' });
  await caller.ok({ method: 'PUT', path: `/kept/${key}`, body });
  caller.close();
}

test('trust root, chain of frames and old proofs outlive restarts and kills', async () => {
  await withGateway({ env: { ...quickFrames, ...only('s3') } }, async (first, again) => {
    const trustRoot = await readTrustRoot(first);
    const bodies = [
      streamBytes('inline', 1000),
      streamBytes('chunk', 1 << 20),
      streamBytes('parts', 9 << 20),
    ];
    const proofs: string[] = [];
    let last = 0;
    const frames = new FrameLedger();
    let target = first;
    for (const [round, how] of (['SIGTERM', 'SIGKILL', 'SIGKILL'] as const).entries()) {
      await put(target, `k${round}`, bodies[round] as Buffer);
      proofs.push(await proveOk(target, `s3://kept/k${round}`, { delay: true }));
      target = await again(how);
      expect(await readTrustRoot(target)).toBe(trustRoot);
      for (let known = 0; known <= round; known += 1) {
        // The one made before, and a new one.
        for (const document of [proofs[known] as string, await proveOk(target, `s3://kept/k${known}`)]) {
          const proof = await checkProof(document, trustRoot);
          expect(await proof.difference(bodies[known] as Buffer)).toBeUndefined();
        }
      }
      const { frame } = await checkProof(await proveOk(target, `s3://kept/k${round}`), trustRoot);
      expect(frame.number).toBeGreaterThan(last);
      last = frame.number;
      frames.see(frame.number, frame.hash, 'a proof');
      frames.seeKept(target);
      expect(frames.faults).toEqual([]);
    }
    expect(frames.count).toBeGreaterThan(3);
    expect(target.output()).not.toMatch(/"level":(?:50|60)/);
  });
});

test('without proofs nothing of them is there; switched on, they come from the state', async () => {
  const off = { ...quickFrames, ...only('s3'), HYPERGATE_PROOFS: 'off' };
  await withGateway({ env: off }, async (first, again) => {
    expect(readdirSync(first.dataDir)).not.toContain('proofs');
    const threads = readdirSync(`/proc/${first.pid}/task`).length;
    const caller = new S3Caller(first);
    const { headers } = await caller.ok({ method: 'PUT', path: '/kept' });
    expect([...headers.keys()]).not.toContain('x-hypergate-frame');
    for (let key = 0; key < 50; key += 1)
      await caller.ok({ method: 'PUT', path: `/kept/k${key}`, body: Buffer.from(`body ${key}`) });
    await caller.ok({ method: 'DELETE', path: '/kept/k7' }, 204);
    caller.close();
    const refused = await askProof(first, 's3://kept/k1');
    expect(refused.status).toBe(503);
    expect(refused.text).toMatch(/proofs are switched off \(HYPERGATE_PROOFS\)/);
    const where = ['--data-dir', first.dataDir];
    for (const command of [['prove', 's3://kept/k1'], ['trust-root']]) {
      const { code, out, error } = await runCommand([...command, ...where]);
      expect([code, out]).toEqual([1, '']);
      expect(error).toMatch(/^hypergate: [^\n]*switched off \(HYPERGATE_PROOFS\)[^\n]*\n$/);
    }
    const metrics = await (await fetch(`${adminEndpoint(first)}/metrics`)).text();
    expect(metrics).not.toMatch(/^hypergate_frame_number /m);
    expect((await adminStatus(first)).proofs).toEqual({ state: 'off', lagSeconds: 0, waiting: 0 });

    const on = await again('SIGKILL', { HYPERGATE_PROOFS: 'on' });
    expect(readdirSync(`/proc/${on.pid}/task`).length).toBeGreaterThan(threads);
    const trustRoot = await readTrustRoot(on);
    const proof = await checkProof(await proveOk(on, 's3://kept/k1'), trustRoot);
    expect(await proof.difference(Buffer.from('body 1'))).toBeUndefined();
    const absent = await proveOk(on, 's3://kept/k7', { discloseAddressKey: true });
    expect((await checkProof(absent, trustRoot)).statement).toContain('there is no object "k7"');

    // Off for a while, and on again: the same network goes on and shows what was written meanwhile.
    const without = await again('SIGTERM', { HYPERGATE_PROOFS: 'off' });
    const writer = new S3Caller(without);
    await writer.ok({ method: 'PUT', path: '/kept/k1', body: Buffer.from('another') });
    await writer.ok({ method: 'DELETE', path: '/kept/k2' }, 204);
    writer.close();
    const back = await again('SIGTERM', { HYPERGATE_PROOFS: 'on' });
    expect(await readTrustRoot(back)).toBe(trustRoot);
    const later = await checkProof(await proveOk(back, 's3://kept/k1'), trustRoot);
    expect(later.frame.number).toBeGreaterThan(proof.frame.number);
    expect(await later.difference(Buffer.from('another'))).toBeUndefined();
    const gone = await proveOk(back, 's3://kept/k2', { discloseAddressKey: true });
    expect((await checkProof(gone, trustRoot)).statement).toContain('there is no object "k2"');
  });
});

test('as users start it, with the delay function at its full size, proofs carry evidence of time', async () => {
  const asUsers = { HYPERGATE_VDF_SHARE: '5', HYPERGATE_FRAME_INTERVAL: '2s' };
  await withGateway({ env: asUsers }, async (target) => {
    await put(target, 'k', Buffer.from('small'));
    const proof = join(target.dataDir, 'proof.json');
    const made = await runCommand([
      ...['prove', 's3://kept/k', '--with-delay', '--out', proof],
      ...['--data-dir', target.dataDir],
    ]);
    expect(made).toEqual({ code: 0, out: '', error: '' });
    const trustRoot = await readTrustRoot(target);
    const checked = await runCommand(['verify', proof, '--trust-root', trustRoot, '--json'], { env: {} });
    expect([checked.code, checked.error]).toEqual([0, '']);
    const { frame } = JSON.parse(checked.out);
    expect(frame).toMatchObject({ testNetwork: false, discriminantBits: 2048 });
    expect(frame.delayIterations).toBeGreaterThanOrEqual(256);
  });
});
