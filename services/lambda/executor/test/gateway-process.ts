/**
 * What of a gateway runs functions, as a process of its own for tests that end it or take rights from it. It says one line of JSON, and goes on
 * until it is killed, or its input ends.
 */
import { openBench } from './support.ts';

const bench = await openBench();
const { isolation } = bench.executor;
const loops = `import { spawn } from 'node:child_process';
  export const handler = async ({ spawns, loops }) => {
    if (spawns) spawn('/bin/sh', ['-c', 'trap "" TERM HUP; sleep 1000 & wait'], { detached: true, stdio: 'ignore' }).unref();
    while (loops);
  };`;
const busy = await bench.start(loops, { isTrusted: true });
const frozen = await bench.start(loops, { isTrusted: true });
// Where nothing holds them, what functions start is nobody's.
await frozen.call({ spawns: isolation.mounts });
frozen.environment.freeze();
await busy.call({ spawns: isolation.mounts });
void busy.call({ loops: true });
const refused = await bench
  .start(loops, { isTrusted: false })
  .then(async ({ environment }) => {
    await environment.close();
    return undefined;
  })
  .catch((error: Error) => error.message);
process.stdout.write(`${JSON.stringify({ isolation, refused, folder: bench.folder })}\n`);
process.stdin.once('end', () => void bench.stop());
process.stdin.resume();
