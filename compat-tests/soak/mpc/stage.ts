/** Puts the parties of one session where the plan says and connects them, without opening anything yet but what listens. */
import { type Duplex, duplexPair } from 'node:stream';
import { MessageChannel } from 'node:worker_threads';
import { circuitCommitment, levels } from '@hypergate/node/jobs/mpc';
import {
  type Connector,
  connectParty,
  openSession,
  overStream,
  type PartyHandle,
  type PartyListener,
  PortStream,
  type ProcessStart,
  type SessionRunner,
  startProcessParty,
  startWorkerParty,
  type Way,
} from '@hypergate/node/jobs/mpc/session';
import type { SessionPlan } from './plan.ts';
import { failingAt } from './throwing.ts';
import { host, type Wires } from './wires.ts';

/** What all sessions of the soak share. */
export interface Shared {
  /** By place in the list of parties: each listens for those that stand later. */
  readonly listeners: readonly PartyListener[];
  /** Aborted by nobody: what sessions leave on it shows. */
  readonly signal: AbortSignal;
}

export interface Limits {
  readonly meetMs: number;
  readonly idleMs: number;
  readonly totalMs: number;
}

type ProcessWay = ProcessStart['ways'][string];

/** One party, ready to open. */
export interface Actor {
  readonly name: string;
  /** @throws MpcAbort. @returns what runs, and the id of the session */
  open(): Promise<{ readonly runner: SessionRunner; readonly sessionId: Uint8Array }>;
  /** As its caller. */
  abort(): void;
  /** Of a thread or process. */
  readonly handle: PartyHandle | undefined;
}

const entries = {
  thread: new URL('entries/thread.ts', import.meta.url),
  process: new URL('entries/process.ts', import.meta.url),
};

export async function setUp(
  plan: SessionPlan,
  shared: Shared,
  limits: Limits,
  wires: Wires,
): Promise<Actor[]> {
  return plan.link === 'stream'
    ? setUpStreams(plan, shared, limits, wires)
    : setUpTcp(plan, shared, limits, wires);
}

/** The soak's own ends of all connections come together in `wires`. */
async function setUpStreams(
  plan: SessionPlan,
  shared: Shared,
  limits: Limits,
  wires: Wires,
): Promise<Actor[]> {
  const { parties, places } = plan;
  const middle = new Map<string, Map<string, Duplex>>();
  const actors = parties.map((name) => {
    const peers = parties.filter((peer) => peer !== name);
    const ends = new Map<string, Duplex>();
    middle.set(name, ends);
    if (places.get(name) === 'thread') {
      const ways: Record<string, Way> = {};
      for (const peer of peers) {
        const { port1, port2 } = new MessageChannel();
        ways[peer] = { kind: 'port', port: port1 };
        ends.set(peer, new PortStream(port2));
      }
      return threadActor(plan, name, limits, ways);
    }
    if (places.get(name) === 'process') {
      const ways = Object.fromEntries(peers.map((peer) => [peer, { kind: 'socket' } as const]));
      const { actor, streams } = processActor(plan, name, limits, ways);
      for (const peer of peers) ends.set(peer, streams.get(peer)!);
      return actor;
    }
    const connections = new Map<string, Connector>();
    for (const peer of peers) {
      const [own, other] = duplexPair();
      connections.set(peer, overStream(own));
      ends.set(peer, other);
    }
    return hereActor(plan, name, limits, shared, connections);
  });
  for (const [left, right] of pairsOf(parties)) {
    wires.join([left, right], [middle.get(left)!.get(right)!, middle.get(right)!.get(left)!]);
  }
  return actors;
}

/** In order, since whoever dials has to know where the others listen. */
async function setUpTcp(plan: SessionPlan, shared: Shared, limits: Limits, wires: Wires): Promise<Actor[]> {
  const { parties, places, relayed } = plan;
  const ports = new Map<string, number>();
  const actors: Actor[] = [];
  for (const [index, name] of parties.entries()) {
    const dialed = new Map<string, number>();
    for (const earlier of parties.slice(0, index)) {
      const port = ports.get(earlier)!;
      dialed.set(earlier, relayed ? await wires.dialThrough(name, earlier, port) : port);
    }
    const later = parties.slice(index + 1);
    const place = places.get(name)!;
    if (place === 'here') {
      const listener = shared.listeners[index];
      const connections = new Map<string, Connector>();
      for (const peer of later) connections.set(peer, listener!.accept());
      for (const [peer, port] of dialed) connections.set(peer, connectParty({ host, port }));
      if (listener !== undefined) ports.set(name, listener.port);
      actors.push(hereActor(plan, name, limits, shared, connections));
      continue;
    }
    const ways: Record<string, Exclude<ProcessWay, { kind: 'socket' }>> = {};
    for (const peer of later) ways[peer] = { kind: 'listen', host, port: 0 };
    for (const [peer, port] of dialed) ways[peer] = { kind: 'dial', host, port };
    const actor =
      place === 'thread'
        ? threadActor(plan, name, limits, ways)
        : processActor(plan, name, limits, ways).actor;
    if (later.length > 0) ports.set(name, (await actor.handle!.listening).port);
    actors.push(actor);
  }
  return actors;
}

function pairsOf(parties: readonly string[]): [string, string][] {
  return parties.flatMap((left, at) => parties.slice(at + 1).map((right): [string, string] => [left, right]));
}

function hereActor(
  plan: SessionPlan,
  name: string,
  limits: Limits,
  shared: Shared,
  connections: ReadonlyMap<string, Connector>,
): Actor {
  const { description, identities, event } = plan;
  const controller = new AbortController();
  const isTarget = 'party' in event && event.party === name;
  return {
    name,
    handle: undefined,
    abort: () => controller.abort(),
    async open() {
      const session = await openSession({
        identity: identities.get(name)!.identity,
        me: name,
        description,
        connections,
        levels: isTarget && event.kind === 'throw' ? failingAt(levels, event.at) : levels,
        commit: circuitCommitment,
        signal: isTarget ? controller.signal : shared.signal,
        meetMs: limits.meetMs,
        totalMs: limits.totalMs,
        channel: { idleMs: limits.idleMs },
      });
      return { runner: session, sessionId: session.sessionId };
    },
  };
}

const startOf = ({ description, identities }: SessionPlan, me: string, limits: Limits) => ({
  description,
  me,
  seed: identities.get(me)!.seed,
  ...limits,
});

function threadActor(
  plan: SessionPlan,
  name: string,
  limits: Limits,
  ways: Readonly<Record<string, Way>>,
): Actor {
  return remoteActor(name, startWorkerParty(entries.thread, { ...startOf(plan, name, limits), ways }));
}

function processActor(
  plan: SessionPlan,
  name: string,
  limits: Limits,
  ways: Readonly<Record<string, ProcessWay>>,
): { readonly actor: Actor; readonly streams: ReadonlyMap<string, Duplex> } {
  const { handle, streams } = startProcessParty(entries.process, { ...startOf(plan, name, limits), ways });
  return { actor: remoteActor(name, handle), streams };
}

function remoteActor(name: string, handle: PartyHandle): Actor {
  return {
    name,
    handle,
    abort: () => void handle.close(),
    async open() {
      try {
        const { sessionId } = await handle.opened;
        return { runner: handle, sessionId };
      } catch (error) {
        await handle.close();
        throw error;
      }
    },
  };
}
