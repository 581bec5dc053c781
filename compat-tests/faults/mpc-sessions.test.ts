/** Sessions of computations, a hundred of the soak's; and the soak's judge, which has to notice what it is there for. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { evaluate, MpcAbort } from '@hypergate/node/jobs/mpc';
import type { RunResult } from '@hypergate/node/jobs/mpc/session';
import { acceptParties } from '@hypergate/node/jobs/mpc/session';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Ending, judge } from '../soak/mpc/endings.ts';
import { runMpcSoak } from '../soak/mpc/loop.ts';
import { type Event, planSession, type SessionPlan } from '../soak/mpc/plan.ts';
import { playSession } from '../soak/mpc/play.ts';
import { heldNow, Reachable, sameHandles } from '../soak/mpc/resources.ts';
import type { Shared } from '../soak/mpc/stage.ts';
import { host } from '../soak/mpc/wires.ts';

test('sessions with random faults end in right outputs or an abort', async () => {
  const result = await runMpcSoak({
    sessions: 100,
    seed: 'a hundred',
    warmUp: undefined,
    report: () => undefined,
  });
  expect(result.faults).toEqual([]);
  expect(result.count.partiesWithOutputs).toBeGreaterThan(20);
  expect(Object.keys(result.count.event).length).toBeGreaterThan(5);
});

test('a seed determines what a session is to do', () => {
  for (let number = 0; number < 20; number++) {
    const [once, again] = [planSession('twice', number), planSession('twice', number)];
    const plain = ({ identities, ...rest }: SessionPlan) => ({ ...rest, names: [...identities.keys()] });
    expect(plain(once)).toEqual(plain(again));
  }
});

describe('the judge', () => {
  let shared: Shared;
  let endings: readonly Ending[];
  const number = Array.from({ length: 100 }, (_, each) => each).find((each) => {
    const { level, event, link, runs } = planSession('judge', each);
    return level === 'three-party' && event.kind === 'none' && link === 'stream' && runs.length === 1;
  })!;
  const plan = planSession('judge', number);
  const [ann, bea, cid] = plan.parties as [string, string, string];

  beforeAll(async () => {
    const listeners = await Promise.all([0, 1].map(() => acceptParties({ host, port: 0 })));
    shared = { listeners, signal: new AbortController().signal };
    endings = (await playSession(plan, shared, 20_000)).endings;
  });

  afterAll(async () => {
    for (const listener of shared.listeners) await listener.close();
  });

  const here = (event: Event): SessionPlan => ({
    ...plan,
    event,
    places: new Map(plan.parties.map((name) => [name, 'here'])),
  });
  const changed = (name: string, change: (ending: Ending) => Partial<Ending>): Ending[] =>
    endings.map((ending) => (ending.party === name ? { ...ending, ...change(ending) } : ending));
  const ended = (name: string, error: unknown) => changed(name, () => ({ results: [], error }));
  const withResult = (name: string, change: (result: RunResult) => Partial<RunResult>) =>
    changed(name, ({ results }) => ({ results: results.map((each) => ({ ...each, ...change(each) })) }));

  test('has nothing to say of what is right', () => {
    expect(judge(here({ kind: 'none' }), endings)).toEqual([]);
    expect(evaluate(plan.runs[0]!.circuit, plan.runs[0]!.inputs).length).toBeGreaterThan(0);
  });

  test('notices a wrong output', () => {
    const wrong = withResult(bea, ({ outputs }) => ({
      outputs: outputs.map((bits) => bits?.map((bit, at) => (at === 0 ? bit ^ 1 : bit))),
    }));
    expect(judge(here({ kind: 'none' }), wrong)).toEqual([expect.stringMatching(/^bea took a wrong output/)]);
  });

  test('notices another transcript, and a receipt that does not hold', () => {
    const transcript = withResult(cid, () => ({ transcriptHash: new Uint8Array(33) }));
    expect(judge(here({ kind: 'none' }), transcript)).toContainEqual(
      expect.stringMatching(/different transcripts/),
    );
    const unsigned = withResult(cid, ({ receipt }) => ({
      receipt: { ...receipt, signatures: receipt.signatures.toReversed() },
    }));
    expect(judge(here({ kind: 'none' }), unsigned)).toEqual([expect.stringMatching(/does not hold/)]);
  });

  test.each([
    ['an abort for which there is no cause', { kind: 'none' }, new MpcAbort('disconnected', bea, '')],
    ['an accusation', { kind: 'cut', pair: [ann, bea], at: 0 }, new MpcAbort('cheating', bea, '')],
    [
      'a party that blames itself',
      { kind: 'cut', pair: [ann, bea], at: 0 },
      new MpcAbort('disconnected', ann, ''),
    ],
    ['an error that is no abort', { kind: 'kill', party: bea, at: 0 }, new TypeError('no')],
    [
      'a failure inside of another party',
      { kind: 'throw', party: bea, at: 0 },
      new MpcAbort('internal', undefined, ''),
    ],
    ['silence where nobody is silent', { kind: 'kill', party: bea, at: 0 }, new MpcAbort('timeout', cid, '')],
    ['an end without outputs', { kind: 'none' }, undefined],
  ] satisfies [string, Event, unknown][])('notices %s', (_what, event, error) => {
    expect(judge(here(event), ended(ann, error))).toHaveLength(1);
  });

  test('notices a session that hangs', async () => {
    const plans = Array.from({ length: 200 }, (_, each) => planSession('hang', each));
    const slow = plans.find(({ event, link }) => event.kind === 'absent' && link === 'stream')!;
    await expect(playSession(slow, shared, 20)).rejects.toThrow(/hangs: .*did not end/);
  });
});

describe('what a process holds', () => {
  const { gc } = globalThis;

  beforeAll(() => {
    setFlagsFromString('--expose-gc');
    globalThis.gc = runInNewContext('gc') as typeof gc;
  });

  afterAll(() => {
    globalThis.gc = gc;
  });

  test('shows what was left behind', async () => {
    const { signal } = new AbortController();
    const reachable = new Reachable();
    const before = await heldNow(signal, reachable);
    const kept = {};
    reachable.add(kept);
    reachable.add({});
    signal.addEventListener('abort', () => kept);
    const listener = await acceptParties({ host, port: 0 });
    const after = await heldNow(signal, reachable, { withinMs: 100 });
    await listener.close();
    expect(sameHandles(before, after)).toBe(false);
    expect([before.reachable, after.reachable]).toEqual([0, 1]);
    expect([before.listeners.signal, after.listeners.signal]).toEqual([0, 1]);
    expect(after.active.TCPServerWrap! - (before.active.TCPServerWrap ?? 0)).toBe(1);
  });
});
