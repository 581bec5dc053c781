/** What the log keeps for a prover, and for none. */
import { expect, it } from 'vitest';
import {
  type EmbeddedNode,
  type EmbeddedNodeModules,
  MemoryState,
  openMemoryNode,
} from '../../embedded/index.ts';
import { ManualClock } from '../../embedded/test/manual-clock.ts';
import { commit, createDomain, distinct, put, until } from '../../embedded/test/support.ts';
import { RecordingEngine, StoredTrees } from './recording-engine.ts';

const intervalMs = 1000;

async function written(node: EmbeddedNode, count: number): Promise<void> {
  for (let left = count; left > 0; left -= 1) {
    const validFrom = await node.position();
    const { outcome } = await commit(node, [put(distinct(24), 'value')], {
      validFrom,
      validUntil: validFrom + 1000,
    });
    expect(outcome.status).toBe('applied');
  }
  await node.checkpoint();
}

it('a log is kept for a prover that is behind or paused, not for one that is switched off', async () => {
  const state = new MemoryState();
  const stored = new StoredTrees();
  const clock = new ManualClock();
  const engines: RecordingEngine[] = [];
  const open = async (proving: 'on' | 'paused' | 'off'): Promise<EmbeddedNode> => {
    const modules: Partial<EmbeddedNodeModules> = {
      on: {
        proving: {
          open: () => {
            const engine = new RecordingEngine(stored);
            engines.push(engine);
            return engine;
          },
          intervalMs,
          nowMs: () => clock.monotonic(),
        },
      },
      paused: { proving: 'paused' as const },
      off: {},
    }[proving];
    return (await openMemoryNode({ ...modules, state, clock })).node;
  };
  const framed = async (node: EmbeddedNode): Promise<void> => {
    const position = await node.position();
    await until(() => {
      clock.advance(intervalMs);
      return node.proofStatus()?.last?.position === position;
    });
  };

  const first = await open('on');
  const { writerKey } = await openMemoryNode();
  await commit(first, [createDomain(writerKey.publicKey)]);
  await framed(first);
  (engines.at(-1) as RecordingEngine).hold = true;
  const shown = await first.position();
  await written(first, 30);
  expect(state.released).toBeLessThanOrEqual(shown + 1);
  (engines.at(-1) as RecordingEngine).release();
  await first.close();

  const kept = state.released;
  const paused = await open('paused');
  await written(paused, 30);
  expect(state.released).toBeLessThanOrEqual(Math.max(kept, stored.last?.position ?? 0) + 1);
  await paused.close();

  const off = await open('off');
  expect(off.proofStatus()).toBeUndefined();
  expect(off.nextFrame?.()).toBeUndefined();
  await written(off, 30);
  expect(state.released).toBeGreaterThan((await off.position()) - 10);
  await off.close();

  const again = await open('on');
  const { bulks } = engines.at(-1) as RecordingEngine;
  await framed(again);
  expect((engines.at(-1) as RecordingEngine).bulks).toBeGreaterThan(bulks);
  await again.close();
});
