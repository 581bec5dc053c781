/** Parties in threads and processes: the same session, whoever runs them; they can be killed at any moment. */
import { MessageChannel } from 'node:worker_threads';
import { afterEach, describe, expect, test } from 'vitest';
import { numberOfBits } from '../circuit/bits.ts';
import { CircuitError } from '../errors.ts';
import { overStream } from '../session/connect.ts';
import type { PartyHandle } from '../session/parties/handle.ts';
import type { PartyStart, Way } from '../session/parties/messages.ts';
import { type ProcessWay, relay, startProcessParty } from '../session/parties/process-party.ts';
import { startWorkerParty } from '../session/parties/worker-party.ts';
import { openSession, type SessionRunner } from '../session/session.ts';
import { PortStream } from '../session/transports/port-stream.ts';
import { clearLevels, commitClear } from './support/clear-protocol.ts';
import {
  describe as describeSession,
  identityOf,
  inputsFor,
  names,
  seedOf,
  sumCircuit,
} from './support/session-parties.ts';

const host = '127.0.0.1';
const inThread = new URL('./entries/worker-party.ts', import.meta.url);
const inProcess = new URL('./entries/process-party.ts', import.meta.url);
const running: PartyHandle[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((handle) => handle.kill()));
});

const two = names.slice(0, 2);
const circuit = sumCircuit(two);
const description = describeSession(two, circuit);

function thread(me: string, ways: Record<string, Way>, more: Partial<PartyStart> = {}): PartyHandle {
  const handle = startWorkerParty(inThread, { description, me, seed: seedOf(me), ways, ...more });
  running.push(handle);
  return handle;
}

function childProcess(me: string, ways: Record<string, ProcessWay>, more: Partial<PartyStart> = {}) {
  const party = startProcessParty(inProcess, { description, me, seed: seedOf(me), ...more, ways });
  running.push(party.handle);
  return party;
}

function here(me: string, peer: string, connector: ReturnType<typeof overStream>) {
  const connections = new Map([[peer, connector]]);
  return openSession({
    identity: identityOf(me),
    me,
    description,
    connections,
    levels: clearLevels,
    commit: commitClear,
  });
}

async function runs(parties: readonly SessionRunner[], who: readonly string[] = two, sum = circuit) {
  for (let run = 0; run < 2; run++) {
    const results = await Promise.all(
      parties.map((party, i) => party.run(sum, inputsFor(sum, who[i]!, 30 + run))),
    );
    for (const { outputs, transcriptHash } of results) {
      expect(numberOfBits(outputs[0]!)).toBe(BigInt(who.length * (30 + run)));
      expect(Buffer.compare(transcriptHash, results[0]!.transcriptHash)).toBe(0);
    }
  }
  await Promise.all(parties.map((party) => party.close()));
}

describe('threads', () => {
  test('two threads with a port between them', async () => {
    const { port1, port2 } = new MessageChannel();
    const seed = seedOf('alice');
    const alice = thread('alice', { bob: { kind: 'port', port: port1 } }, { seed });
    const bob = thread('bob', { alice: { kind: 'port', port: port2 } });
    const [ofAlice, ofBob] = await Promise.all([alice.opened, bob.opened]);
    expect(Buffer.compare(ofAlice.sessionId, ofBob.sessionId)).toBe(0);
    // The caller's seed is the caller's.
    expect(seed.equals(seedOf('alice'))).toBe(true);
    await runs([alice, bob]);
  });

  test('this thread and another one', async () => {
    const { port1, port2 } = new MessageChannel();
    const bob = thread('bob', { alice: { kind: 'port', port: port2 } });
    const alice = await here('alice', 'bob', overStream(new PortStream(port1)));
    await expect(bob.run(circuit, [])).rejects.toBeInstanceOf(CircuitError);
    await runs([alice, bob]);
  });

  test('a thread that is ended is a connection that ended', async () => {
    const { port1, port2 } = new MessageChannel();
    const bob = thread('bob', { alice: { kind: 'port', port: port2 } });
    const alice = await here('alice', 'bob', overStream(new PortStream(port1)));
    await bob.opened;
    const failing = expect(alice.run(circuit, inputsFor(circuit, 'alice', 1))).rejects.toMatchObject({
      reason: 'disconnected',
      party: 'bob',
    });
    await bob.kill();
    await failing;
    await expect(bob.run(circuit, inputsFor(circuit, 'bob', 1))).rejects.toMatchObject({
      reason: 'disconnected',
    });
    await alice.close();
  });

  test('why a session does not open crosses the thread', async () => {
    const { port1, port2 } = new MessageChannel();
    const demand = { level: 'malicious' as const, keys: true };
    const bob = thread('bob', { alice: { kind: 'port', port: port2 } }, { demand });
    const alice = here('alice', 'bob', overStream(new PortStream(port1)));
    const ended = expect(alice).rejects.toMatchObject({ reason: 'disconnected' });
    await expect(bob.opened).rejects.toMatchObject({ reason: 'refused', party: undefined });
    await ended;
    await bob.close();
  });
});

describe('processes', () => {
  test('this process and another one', async () => {
    const { handle: bob, streams } = childProcess('bob', { alice: { kind: 'socket' } });
    const alice = await here('alice', 'bob', overStream(streams.get('alice')!));
    await runs([alice, bob]);
  });

  test('a process that is killed is a connection that ended', async () => {
    const { handle: bob, streams } = childProcess('bob', { alice: { kind: 'socket' } });
    const alice = await here('alice', 'bob', overStream(streams.get('alice')!));
    await bob.opened;
    const failing = expect(alice.run(circuit, inputsFor(circuit, 'alice', 1))).rejects.toMatchObject({
      reason: 'disconnected',
      party: 'bob',
    });
    await bob.kill();
    await failing;
    await alice.close();
  });

  test('a thread, a process and another process, over sockets, a relay and TCP', async () => {
    const three = names.slice(0, 3);
    const sum = sumCircuit(three);
    const all = describeSession(three, sum);
    const alice = thread(
      'alice',
      { bob: { kind: 'listen', host, port: 0 }, carol: { kind: 'listen', host, port: 0 } },
      { description: all },
    );
    const { port } = await alice.listening;
    const dial = { kind: 'dial', host, port } as const;
    const bob = childProcess('bob', { alice: dial, carol: { kind: 'socket' } }, { description: all });
    const carol = childProcess('carol', { alice: dial, bob: { kind: 'socket' } }, { description: all });
    relay(bob.streams.get('carol')!, carol.streams.get('bob')!);
    await runs([alice, bob.handle, carol.handle], three, sum);
  });
});
