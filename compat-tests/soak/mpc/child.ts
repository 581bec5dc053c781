/** Runs the sessions in a process of its own, in which garbage can be collected when memory is to be looked at. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type MpcSoakOptions, type MpcSoakResult, runMpcSoak } from './loop.ts';

type Told = { readonly line: string } | { readonly result: MpcSoakResult };
type Asked = Omit<MpcSoakOptions, 'report'>;

export function soakMpcInChild({ report, ...asked }: MpcSoakOptions): Promise<MpcSoakResult> {
  const self = fileURLToPath(import.meta.url);
  const child = fork(self, [argument], { execArgv: ['--expose-gc'], serialization: 'advanced' });
  child.send(asked);
  return new Promise((resolve, reject) => {
    child.on('message', (told: Told) => {
      if ('line' in told) report(told.line);
      else resolve(told.result);
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => reject(new Error(`the soak ended with ${code ?? signal}`)));
  });
}

const argument = 'soak-mpc-child';

if (process.argv[2] === argument && process.send !== undefined) {
  process.once('message', async (asked: Asked) => {
    const tell = (told: Told) => process.send!(told);
    const result = await runMpcSoak({ ...asked, report: (line) => tell({ line }) });
    process.send!({ result } satisfies Told, () => process.disconnect());
  });
}
