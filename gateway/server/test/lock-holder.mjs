/** Takes the lock of the folder in its argument, says so, and keeps it until it is killed. */
import { lockDataDir } from '../boot/lock.ts';

try {
  await lockDataDir(process.argv[2]);
  process.stdout.write('held\n');
  setInterval(() => undefined, 1 << 30);
} catch (error) {
  process.stdout.write(`refused: ${error.message}\n`);
}
