/** Says its priority when it begins, in the background, and what its own thread begins with; then stays further behind. */
import { getPriority, setPriority } from 'node:os';
import { parentPort, Worker, workerData } from 'node:worker_threads';
import { runInBackground } from '../index.ts';

const begun = getPriority();
if (workerData === 'inner') parentPort?.postMessage(begun);
else {
  runInBackground();
  const inBackground = getPriority();
  new Worker(new URL(import.meta.url), { workerData: 'inner' }).once('message', (inherited: number) => {
    // Elsewhere it would be that of the whole process.
    if (process.platform === 'linux') setPriority(15);
    runInBackground();
    parentPort?.postMessage({ begun, inBackground, inherited, further: getPriority() });
  });
}
