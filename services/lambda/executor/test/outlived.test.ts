/** Where nothing encloses functions, what one started may live longer than it does, and keeps nobody waiting. */
import { expect, test } from 'vitest';
import type { Place } from '../isolation/surroundings.ts';
import { FunctionProcess } from '../process.ts';
import { RuntimeApi } from '../runtime-api.ts';

test('a process that left its group and holds its output does not keep it from having ended', async () => {
  const lines: string[] = [];
  const api = new RuntimeApi();
  const place: Place = {
    // It says who it is, and is nobody's child.
    command: {
      program: '/bin/sh',
      args: ['-c', "setsid sh -c 'echo $$; exec sleep 1000' & exec sleep 1000"],
      variables: { PATH: process.env.PATH ?? '' },
    },
    places: { task: '/', layers: [], runtime: '/', endpoint: 'http://127.0.0.1:4566' },
    group: {
      folders: [],
      usedBytes: () => undefined,
      peakBytes: () => undefined,
      ranOut: () => false,
      processes: () => [],
      remove: async () => undefined,
    },
    release: async () => undefined,
  };
  const running = new FunctionProcess({
    place,
    api,
    start: {},
    isInRoom: false,
    listener: { ready: () => undefined, initFailed: () => undefined },
    log: (line) => lines.push(line),
    ended: () => undefined,
  });
  await expect.poll(() => lines.length).toBe(1);
  const left = Number(lines[0]);
  try {
    running.kill({ kind: 'timeout' });
    await running.ended;
    expect(running.isGone).toBe(true);
  } finally {
    process.kill(left, 'SIGKILL');
    api.close();
  }
});
