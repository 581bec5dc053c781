/** Functions of runtime `mpc` over the real service of computations on a node in memory, and the people who compute with them. */
import { readFile } from 'node:fs/promises';
import { serialize } from 'node:v8';
import type { Computations } from '@hypergate/kit';
import { createMpcRuntime, type MpcInvocation, type MpcPorts, type MpcResult } from '@hypergate/lambda/mpc';
import { createService } from '@hypergate/mpc';
import { createKeystore, createPooledRandom, ed25519SigningKey } from '@hypergate/node/crypto';
import { openMemoryNode } from '@hypergate/node/embedded';
import { circuitCommitment, levels, type PartyTask, runParty } from '@hypergate/node/jobs/mpc';
import { compile, encodeParty } from '@hypergate/node/jobs/mpc/language';
import {
  connectParty,
  identityFromSeed,
  type Levels,
  openSession,
  readSessionDocument,
} from '@hypergate/node/jobs/mpc/session';
import { PlainProver } from '@hypergate/node/sim';
import { freePort } from '@hypergate/node/sim/ports';
import { MemoryStore } from '@hypergate/node/store';
import { openTables } from '@hypergate/table';
import { type Logger, pino } from 'pino';
import { Registry } from 'prom-client';

const root = new URL('../../../', import.meta.url);

/** Alice learns the sum, both who has more. */
export const sum = `
import type { u32 } from 'hypergate:mpc';
export default function main(alice: { x: u32 }, bob: { y: u32 }) {
  return { alice: { sum: alice.x + bob.y }, all: { larger: alice.x > bob.y } };
}
`;
export const sumManifest = {
  parties: ['alice', 'bob'],
  outputs: { alice: ['sum', 'larger'], bob: ['larger'] },
  level: 'semi-honest',
};
/** Source and manifest of an example. */
export async function exampleOf(
  name: string,
): Promise<{ readonly source: string; readonly manifest: object }> {
  const folder = new URL(`services/lambda/mpc/examples/${name}/`, root);
  const manifest = JSON.parse(await readFile(new URL('mpc.json', folder), 'utf8'));
  // The package takes it from there, as docs/functions say.
  const language = new URL('node/jobs/mpc/language/examples/', root);
  const path =
    manifest.source === undefined ? new URL('function.mpc.ts', folder) : new URL(manifest.source, language);
  return { source: await readFile(path, 'utf8'), manifest };
}

export function packageOf(manifest: unknown, source: string, sourcePath = 'function.mpc.ts') {
  const bytes = typeof manifest === 'string' ? manifest : JSON.stringify(manifest);
  const files = new Map([
    ['mpc.json', Buffer.from(bytes)],
    [sourcePath, Buffer.from(source)],
  ]);
  return {
    find(path: string) {
      const content = files.get(path);
      return content === undefined ? undefined : { size: content.length, read: async () => content };
    },
  };
}

export interface World {
  readonly computations: Computations;
  readonly runtime: ReturnType<typeof createMpcRuntime>;
  /** What functions and the service logged. */
  readonly logged: string[];
  /** Rows that the services wrote, as text and as bytes. */
  readonly written: Buffer[];
  /** Commitment and manifest of a package. */
  create(manifest: object, source: string): Promise<MpcInvocation['circuit']>;
  invoke(
    circuit: MpcInvocation['circuit'],
    payload: unknown,
    changes?: Partial<MpcInvocation>,
  ): Promise<MpcResult>;
  close(): Promise<void>;
}

export async function openWorld(ports: Partial<MpcPorts> = {}): Promise<World> {
  await using opened = new AsyncDisposableStack();
  const keys = createKeystore(Buffer.alloc(32, 0x4d));
  const writer = ed25519SigningKey(keys.writerSeed());
  const { node } = await openMemoryNode({ writerKey: writer, partySeed: () => Buffer.alloc(32, 7) });
  opened.defer(() => node.close());
  const over = new PlainProver({}).over(node);
  const random = createPooledRandom();
  const owner = { keys, writerKey: writer.publicKey, random };
  const tables = await openTables({}, { node: over, indexStore: new MemoryStore(), ...owner });
  opened.defer(() => tables.close());
  const written: Buffer[] = [];
  const transact = tables.transact.bind(tables);
  tables.transact = (writes, ...rest) => {
    const rows = writes.map((write) => ('row' in write ? write.row : undefined));
    written.push(Buffer.from(JSON.stringify(rows)), serialize(rows));
    return transact(writes, ...rest);
  };
  const logged: string[] = [];
  const logger: Logger = pino({ level: 'trace' }, { write: (line: string) => void logged.push(line) });
  const clock = { now: () => Date.now() };
  const settings = {
    ...{ region: 'us-east-1', rootAccountId: '000000000000', accounts: [], s3Domains: [] },
    ...{ lifecycleDayMs: 1, dataDir: '/data' },
  };
  const modules = { node: over, tables, logger, metrics: new Registry(), clock, random, settings };
  const service = createService(modules);
  await service.start();
  opened.defer(async () => {
    await service.drain(new AbortController().signal);
    await service.stop();
  });
  const runtime = createMpcRuntime({
    base: { clock },
    computations: () => service.computations,
    readS3Object: async () => Buffer.alloc(0),
    mayUse: () => true,
    ...ports,
  });
  const all = opened.move();
  return {
    computations: service.computations!,
    runtime,
    logged,
    written,
    create: async (manifest, source) => {
      const path = (manifest as { readonly source?: string }).source;
      return (await runtime.compileFunction(packageOf(manifest, source, path))).circuit;
    },
    invoke: (circuit, payload, changes = {}) =>
      runtime.runner.invoke({
        ...{ account: '000000000000', region: 'us-east-1', circuit, deadlineMs: Date.now() + 120_000 },
        payload: Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload)),
        credentials: () => ({ accessKeyId: 'ASIA', secretAccessKey: 's', sessionToken: 't' }),
        log: ({ message }) => void logged.push(message),
        ...changes,
      }),
    close: () => all.disposeAsync(),
  };
}

/** What an invocation answered. @throws when it failed */
export function answerOf({ outcome }: MpcResult): Record<string, unknown> {
  if (outcome.kind === 'answer') return JSON.parse(Buffer.from(outcome.body).toString());
  throw new Error(`no answer: ${JSON.stringify(failureOf({ outcome }))}`);
}

export function failureOf({ outcome }: Pick<MpcResult, 'outcome'>): Record<string, unknown> {
  if (outcome.kind !== 'failure') throw new Error('no failure');
  const { failure } = outcome;
  return failure.kind === 'handler' ? JSON.parse(Buffer.from(failure.body).toString()) : { ...failure };
}

/** Other people: each has a key of their own, and the same session. */
export class People {
  readonly session: { name: string; parties: { name: string; key: string; address?: string }[] };

  private constructor(session: People['session']) {
    this.session = session;
  }

  /** @param gateway party that the gateway is; the first listens to all, the second to the third */
  static async meet(
    world: World,
    gateway: string,
    parties: readonly string[],
    name = 'one',
  ): Promise<People> {
    const gatewayKey = await world.computations.partyKey();
    const described = parties.map(async (party, at) => ({
      name: party,
      key: party === gateway ? gatewayKey : Buffer.from(People.identity(party).publicKey).toString('hex'),
      ...(at < parties.length - 1 ? { address: `127.0.0.1:${await freePort()}` } : {}),
    }));
    return new People({ name, parties: await Promise.all(described) });
  }

  static identity(party: string) {
    return identityFromSeed(Buffer.alloc(32, party));
  }

  /** As `hypergate mpc run` does it. */
  play(
    me: string,
    source: string,
    inputs: PartyTask['inputs'],
    { level, keys = false }: { readonly level: string; readonly keys?: boolean },
  ) {
    const { circuit, interface: schema } = compile(source);
    const document = readSessionDocument({ ...this.session, level, keys }, circuitCommitment(circuit));
    const identity = People.identity(me);
    const limits = { meetMs: 60_000, totalMs: 60_000 };
    return runParty({ circuit, schema, document, me, identity, inputs, ...limits });
  }

  /**
   * The second of two parties, which keeps to the session and not to the protocol.
   * @param signal ends it
   * @param say what it says in place of each message of the protocol, from 0 on
   */
  async cheat(
    source: string,
    inputs: PartyTask['inputs'],
    level: string,
    say: (body: Buffer, number: number) => Buffer,
    signal = new AbortController().signal,
  ) {
    const { circuit, interface: schema } = compile(source);
    const { description, addresses } = readSessionDocument(
      { ...this.session, level },
      circuitCommitment(circuit),
    );
    const [first, me] = this.session.parties.map(({ name }) => name) as [string, string];
    const session = await openSession({
      ...{ description, me, identity: People.identity(me), commit: circuitCommitment, signal },
      connections: new Map([[first, connectParty({ ...addresses.get(first)!, withinMs: 60_000 })]]),
      levels: saying(say),
    });
    try {
      return await session.run(circuit, encodeParty(schema, me, inputs));
    } finally {
      await session.close();
    }
  }
}

function saying(say: (body: Buffer, number: number) => Buffer): Levels {
  let said = 0;
  return new Map(
    [...levels].map(([name, level]) => [
      name,
      {
        ...level,
        protocol: (setup) => {
          const through = [...setup.channels].map(([peer, channel]) => {
            const send = (kind: number, body: Uint8Array) =>
              channel.send(kind, say(Buffer.from(body), said++));
            return [peer, { peer, send, receive: channel.receive.bind(channel) }] as const;
          });
          return level.protocol({ ...setup, channels: new Map(through) });
        },
      },
    ]),
  );
}
