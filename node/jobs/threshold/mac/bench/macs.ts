/**
 * Cost of MACs with four custodian processes, of which three compute: `node node/jobs/threshold/mac/bench/macs.ts [calls]`. Wall time at
 * the coordinator, with processor time of all custodians together. Prints one JSON line per scheme and length of message.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { KeyScheme } from '../../../../api/index.ts';
import { createPooledRandom } from '../../../../crypto/random.ts';
import type { Committee } from '../../committee.ts';
import { ThresholdAbort } from '../../errors.ts';
import { memberOf, StatementVerifier } from '../../identity.ts';
import type { Custodians } from '../../party.ts';
import { authorised } from '../../test/support/network.ts';
import { createMac, importMac, macSchemeOf, performMac } from '../index.ts';
import type { CustodianAnswer, CustodianRequest } from './custodian-process.ts';

const calls = Number(process.argv[2] ?? 20);

class CustodianProcess {
  readonly child: ChildProcess;
  cpuMs = 0;
  private next = 0;
  private readonly waiting = new Map<number, PromiseWithResolvers<unknown>>();

  constructor() {
    const entry = fileURLToPath(new URL('custodian-process.ts', import.meta.url));
    this.child = fork(entry, { serialization: 'advanced', env: {}, execArgv: [] });
    this.child.on('message', (answer: CustodianAnswer) => {
      const waiting = this.waiting.get(answer.id);
      this.waiting.delete(answer.id);
      if ('error' in answer) waiting?.reject(new ThresholdAbort('unavailable', undefined, answer.error));
      else {
        this.cpuMs = answer.cpuMs;
        waiting?.resolve(answer.value);
      }
    });
  }

  ask(request: CustodianRequest): Promise<unknown> {
    const id = this.next++;
    const waiting = Promise.withResolvers<unknown>();
    this.waiting.set(id, waiting);
    this.child.send({ id, request });
    return waiting.promise;
  }
}

const random = createPooledRandom();
const processes = Array.from({ length: 4 }, () => new CustodianProcess());
const seeds = processes.map(() => ({
  signing: Uint8Array.from(random.bytes(32)),
  sealing: Uint8Array.from(random.bytes(32)),
}));
const committee: Committee = {
  epoch: 0,
  threshold: 1,
  members: seeds.map((one, at) => memberOf(at + 1, one)),
};
const ports: Record<number, number> = {};
for (const [at, each] of processes.entries())
  ports[at + 1] = (await each.ask({ type: 'start', me: at + 1, seeds: seeds[at]!, committee })) as number;
for (const each of processes) await each.ask({ type: 'ports', ports });

const statements = new StatementVerifier(committee);
const custodians: Custodians = {
  committee,
  random,
  available: () => [1, 2, 3, 4],
  accuse: (custodian, why) => process.stderr.write(`accused ${custodian}: ${why}\n`),
  verify: (...statement) => statements.verify(...statement),
  deliver: async (custodian, kind, body) => void (await custodians.ask(custodian, kind, body)),
  ask: async (custodian, kind, body, options) => {
    const task = options?.authorised?.task;
    const request = { type: 'ask', kind, body, ...(task === undefined ? {} : { task }) } as const;
    return (await processes[custodian - 1]!.ask(request)) as Uint8Array;
  },
};

async function measure(what: object, run: () => Promise<unknown>, times = calls): Promise<void> {
  const walls: number[] = [];
  const cpu = () => processes.reduce((sum, { cpuMs }) => sum + cpuMs, 0);
  const before = cpu();
  for (let call = 0; call < times; call++) {
    const at = performance.now();
    await run();
    walls.push(performance.now() - at);
  }
  walls.sort((a, b) => a - b);
  const line = {
    ...what,
    calls: times,
    fastestMs: round(walls[0]!),
    p50Ms: round(walls[times >> 1]!),
    slowestMs: round(walls.at(-1)!),
    cpuMs: round((cpu() - before) / times),
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

const handle = () => Uint8Array.from(random.bytes(16));

async function macsOf(scheme: KeyScheme): Promise<void> {
  const { digest, tagBytes } = macSchemeOf(scheme);
  const key = randomBytes(tagBytes);
  const shared = await importMac(custodians, authorised({ kind: 'import', handle: handle(), scheme }), key);
  for (const bytes of [32, 1024, 4096]) {
    const message = randomBytes(bytes);
    const expected = createHmac(digest, key).update(message).digest();
    const one = async (): Promise<void> => {
      const mac = await performMac(
        custodians,
        shared,
        authorised({ kind: 'mac', handle: shared.handle, message }),
      );
      if (!expected.equals(mac)) throw new Error('a wrong MAC');
    };
    // The runtime compiles what it finds to be used often: not what is measured.
    for (let call = 0; call < (bytes < 1024 ? 10 : 2); call++) await one();
    await measure({ scheme, bytes }, one, bytes < 4096 ? calls : Math.ceil(calls / 4));
  }
  const create = () => createMac(custodians, authorised({ kind: 'create', handle: handle(), scheme }));
  await create();
  await measure({ scheme, what: 'create' }, create, Math.ceil(calls / 4));
}

try {
  for (const scheme of ['hmac-sha-256', 'hmac-sha-512'] as const) await macsOf(scheme);
} finally {
  for (const { child } of processes) child.disconnect();
}
