import { afterEach, expect, test } from 'vitest';
import { NodeError, type NodeErrorCode } from '../../api/index.ts';
import { type JobKind, JobRunner, jobLimits } from '../index.ts';

const tried: JobKind = {
  module: new URL('./modules/tried.ts', import.meta.url),
  payloadBytesMax: 16,
  lane: { name: 'tried', atOnceMax: 1 },
  timeMsMax: () => 60_000,
};
const missing = new URL('./modules/none.ts', import.meta.url);

let runner: JobRunner;
afterEach(() => runner.close());

function open(kind: Partial<JobKind> = {}): (word: string) => Promise<string> {
  runner = new JobRunner(() => Buffer.alloc(32, 7), new Map([['tried', { ...tried, ...kind }]]));
  return async (word) =>
    Buffer.from(await runner.run({ kind: 'tried', payload: Buffer.from(word) })).toString();
}

async function fails(job: Promise<unknown>, code: NodeErrorCode): Promise<string> {
  const error = await job.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof NodeError)) throw new Error('no error of the node', { cause: error });
  expect(error.code).toBe(code);
  return error.message;
}

test('a job gives its answer', async () => {
  const run = open();
  expect(await run('work')).toBe('did work');
});

test('jobs that come together are done in their order', async () => {
  const run = open();
  const words = ['a', 'b', 'c'];
  const done: string[] = [];
  await Promise.all(words.map(async (word) => done.push(await run(word))));
  expect(done).toEqual(words.map((word) => `did ${word}`));
});

test('an unknown kind and a long payload are refused before a thread starts', async () => {
  const run = open({ module: missing });
  await fails(runner.run({ kind: 'other', payload: Buffer.alloc(0) }), 'not-supported');
  expect(await fails(run('x'.repeat(17)), 'malformed')).toContain('at most 16 bytes');
});

test('a payload that the job refuses is malformed, in its words', async () => {
  const run = open();
  expect(await fails(run('refuse'), 'malformed')).toBe('the payload is wrong');
});

test('a job that fails by its own fault is no fault of the caller, and the next one is done', async () => {
  const run = open();
  for (const word of ['fail', 'leave']) await expect(run(word)).rejects.not.toBeInstanceOf(NodeError);
  expect(await run('work')).toBe('did work');
});

test('a job knows nothing of the environment but where compiled code is kept', async () => {
  const run = open();
  expect(Object.keys(process.env).length).toBeGreaterThan(1);
  expect(await run('told')).toBe('NODE_COMPILE_CACHE');
});

test('a job that needs too much memory ends alone', async () => {
  const run = open();
  expect(await fails(run('grow'), 'malformed')).toContain('memory');
  expect(await run('work')).toBe('did work');
});

test('a job that takes too long is ended', async () => {
  const run = open({ timeMsMax: (bytes) => (bytes === 'hang'.length ? 300 : 60_000) });
  await fails(run('hang'), 'overloaded');
});

test('more jobs than may wait are refused', async () => {
  const run = open();
  const jobs = Array.from({ length: jobLimits.waitingMax + 1 }, (_, at) => run(`${at}`));
  await fails(run('more'), 'overloaded');
  expect(await Promise.all(jobs)).toHaveLength(jobs.length);
  expect(await run('later')).toBe('did later');
});

test('closing ends the job under way and those that wait', async () => {
  const run = open();
  const jobs = [run('hang'), run('work')].map((job) => fails(job, 'closed'));
  await runner.close();
  await Promise.all(jobs);
  await fails(run('work'), 'closed');
});
