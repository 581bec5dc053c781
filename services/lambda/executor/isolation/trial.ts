/** Whether a room holds what it promises, asked of a process in it before any function is: platforms refuse single steps of making one, or change what they do. */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { ExecutorUnavailable } from '../api.ts';
import { executorLimits } from '../limits.ts';
import { enterRoom, type RoomUse } from './command.ts';
import { toolsPath } from './tools.ts';

/** What each of these says has to be true. Answered in the room by `trialCode`. */
const promises = {
  rights: 'it would have rights',
  processes: 'it would see processes of others',
  network: 'it would have a network besides its own',
  files: "it would see the gateway's files",
  code: 'it could write where its code is',
  settings: 'it could change settings of the kernel',
  descriptors: 'it would have files that the gateway has open',
} as const;

/** Of a descriptor that nobody closes for the process on its way. More than one digit; and none that Node takes for itself. */
const openNumber = 77;

/** @param folder of the gateway @param pid of the gateway */
const trialCode = (folder: string, pid: number) => `
const fs = require('node:fs');
const status = fs.readFileSync('/proc/self/status', 'latin1');
const refused = (act) => { try { act(); return false; } catch { return true; } };
process.stdout.write(JSON.stringify({
  rights: ['Inh', 'Prm', 'Eff', 'Amb'].every((kind) => new RegExp('^Cap' + kind + ':\\\\s+0+$', 'm').test(status))
    && /^NoNewPrivs:\\s+1$/m.test(status) && process.getuid() !== 0,
  processes: process.pid < 100 && fs.readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name)).join() === String(process.pid)
    && (${pid} < 100 || refused(() => process.kill(${pid}, 0))),
  network: fs.readFileSync('/proc/net/route', 'latin1').trim().split('\\n').length === 1
    && fs.readFileSync('/proc/net/dev', 'latin1').trim().split('\\n').slice(2).every((line) => /^\\s*lo:/.test(line)),
  descriptors: refused(() => fs.fstatSync(${openNumber})),
  files: refused(() => fs.statSync(${JSON.stringify(folder)})) && refused(() => fs.readdirSync('/proc/1/root')),
  code: ['/var/task/x', '/x', '/var/runtime/x'].every((file) => refused(() => fs.writeFileSync(file, ''))),
  settings: ['net/ipv4/ip_forward', 'kernel/msgmax'].every((name) => refused(() => fs.writeFileSync('/proc/sys/' + name, fs.readFileSync('/proc/sys/' + name)))),
}));`;

/** @param folder of the gateway; an empty folder below it is the code @throws ExecutorUnavailable */
export async function tryRoom(use: RoomUse, folder: string, codeFolder: string): Promise<void> {
  const { program, args } = enterRoom({ codeFolder, layerFolders: [], ephemeralMb: 16 }, use, [
    ...['/var/lang/bin/node', '--eval', trialCode(folder, process.pid)],
  ]);
  const { code, said, complaint } = await run(program, args);
  if (code !== 0) {
    const reason = oneLine(complaint) || `exit code ${code}`;
    throw new ExecutorUnavailable(`a function could not be enclosed: ${reason}`);
  }
  const kept = JSON.parse(said) as Partial<Record<string, boolean>>;
  for (const [name, otherwise] of Object.entries(promises)) {
    if (kept[name] !== true) throw new ExecutorUnavailable(`a function is not kept in: ${otherwise}`);
  }
}

/** With a descriptor that it should not have. */
async function run(program: string, args: readonly string[]) {
  const open = openSync('/dev/null', 'r');
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe', ...Array<'ignore'>(openNumber - 3).fill('ignore'), open],
    env: { PATH: toolsPath },
    timeout: executorLimits.prepareMs,
    killSignal: 'SIGKILL',
  });
  closeSync(open);
  const texts = [child.stdout!, child.stderr!].map((stream) => text(stream));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('close', resolve);
    child.once('error', (error) => reject(new ExecutorUnavailable(error.message)));
  });
  const [code, said = '', complaint = ''] = await Promise.all([ended, ...texts]);
  return { code, said, complaint };
}

const oneLine = (text: string) => text.trim().replaceAll('\n', '; ').slice(0, 500);
