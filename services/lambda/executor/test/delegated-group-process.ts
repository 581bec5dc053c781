/** Goes into a control group, starts a process, and takes the group. Arguments: the group's folder, a controller. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { takeGroup } from '../isolation/delegated-group.ts';

const [, , folder = '', controller = ''] = process.argv;
writeFileSync(join(folder, 'cgroup.procs'), String(process.pid));
// It ends with this one.
const child = spawn('cat', { stdio: ['pipe', 'ignore', 'ignore'] });
await once(child, 'spawn');
const said: Record<string, unknown> = { pids: [process.pid, child.pid] };
try {
  said.taken = takeGroup(folder, [controller]);
  said.again = takeGroup(folder, [controller]);
} catch (error) {
  said.error = (error as Error).message;
}
process.stdout.write(`${JSON.stringify(said)}\n`);
process.stdin.resume();
