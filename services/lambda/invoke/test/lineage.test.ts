import { describe, expect, test } from 'vitest';
import { continueTrace, lineageName } from '../lineage.ts';
import { openWorld, requestOf, settled, targetOf } from './support/world.ts';

const own = lineageName('id-hello');
const root = 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0';

describe('lineage', () => {
  test.each([
    [root, `${root};Lineage=${own}:1`],
    [`${root};Lineage=${own}:4`, `${root};Lineage=${own}:5`],
    [`${root};Lineage=${own}:1|68fd508a:5`, `${root};Lineage=68fd508a:5|${own}:2`],
    [`Lineage=68fd508a:5;${root}`, `${root};Lineage=68fd508a:5|${own}:1`],
    [`${root};Lineage=nonsense|:|68fd508a:9999`, `${root};Lineage=${own}:1`],
    ['', `Lineage=${own}:1`],
    ['x'.repeat(2000), `Lineage=${own}:1`],
  ])('of %j counts this invocation', (given, expected) => {
    expect(continueTrace(given, own, targetOf())).toBe(expected);
  });

  test('stays short, and forgets who was met longest ago', () => {
    const many = Array.from({ length: 40 }, (_, at) => `${String(at).padStart(8, '0')}:1`).join('|');
    const next = continueTrace(`Lineage=${many}`, own, targetOf());
    expect(next).not.toContain('00000008:1');
    expect(next).toContain('00000009:1');
    expect(next.endsWith(`|${own}:1`)).toBe(true);
  });

  test('stops the seventeenth time around, unless the function may loop', async () => {
    const world = openWorld();
    world.executor.handler = () => ({ kind: 'answer', body: Buffer.from('1') });
    const looping = (traceId: string, recursiveLoop: 'Allow' | 'Terminate') =>
      world.invoker.invoke(requestOf(targetOf({ row: { recursiveLoop } }), { traceId }));
    let traceId = root;
    world.executor.handler = (invocation) => {
      traceId = invocation.traceId;
      return { kind: 'answer', body: Buffer.from('1') };
    };
    for (let time = 0; time < 16; time += 1) await looping(traceId, 'Terminate');
    expect(traceId).toBe(`${root};Lineage=${own}:16`);
    await expect(looping(traceId, 'Terminate')).rejects.toMatchObject({
      code: 'RecursiveInvocationException',
      status: 400,
    });
    await looping(traceId, 'Allow');
    await settled();
    expect(world.invoker.counts('id-hello')).toEqual({ busy: 0, warm: 1 });
  });
});
