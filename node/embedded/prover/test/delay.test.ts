import { expect, it } from 'vitest';
import { VdfWorker, VdfWorkerError } from '../../../crypto/vdf/worker/index.ts';
import { openDelay } from '../delay.ts';

const options = {
  intervalMs: 100,
  share: 0.05,
  discriminantBits: 256,
  lastNumber: 0,
  lastTimeMs: 0,
};

it('a thread that dies fails one output; the next comes from a new thread', async () => {
  // The thread of this worker dies in every third request.
  class DyingWorker extends VdfWorker {
    requests = 0;
    override async solve(...args: Parameters<VdfWorker['solve']>) {
      this.requests += 1;
      if (this.requests % 3 === 0) throw new VdfWorkerError('failed', 'the thread died');
      return await super.solve(...args);
    }
  }
  const worker = new DyingWorker();
  const delay = openDelay(options, worker);
  let failed = 0;
  for (let frame = 1; frame <= 8; frame += 1) {
    delay.begin(new Uint8Array(32).fill(frame));
    const output = await delay.output().catch((error: unknown) => {
      expect(error).toBeInstanceOf(VdfWorkerError);
      failed += 1;
      return delay.output();
    });
    expect(output.output.length).toBeGreaterThan(0);
    delay.framed(frame, frame * 100);
  }
  expect(failed).toBeGreaterThan(1);
  await worker.close();
});
