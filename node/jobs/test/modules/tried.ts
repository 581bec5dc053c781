/** A job that does what its payload says, for tests of the runner. */
import { JobRefused } from '../../messages.ts';

export function run(payload: Uint8Array): Uint8Array {
  const word = Buffer.from(payload).toString();
  switch (word) {
    case 'refuse':
      throw new JobRefused('the payload is wrong');
    case 'fail':
      throw new Error('the job is wrong');
    case 'leave':
      process.exit(3);
      break;
    case 'grow':
      for (const kept: number[][] = []; ; ) kept.push(new Array<number>(1_000_000).fill(0.5));
    case 'told':
      return Buffer.from(Object.keys(process.env).join());
    case 'hang':
      for (;;);
  }
  return Buffer.from(`did ${word}`);
}
